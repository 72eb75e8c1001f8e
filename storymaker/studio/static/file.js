// One file, chosen and sent.
function render({ model, el }) {
  const input = make("input", { type: "file", accept: model.get("accept"), class: "sm-file", onchange: async () => {
    const [file] = input.files;
    if (!file) return;
    const name = file.name;
    let bytes = new ArrayBuffer(0);
    try { if (file.size <= model.get("limit")) bytes = await file.arrayBuffer(); } catch { /* an empty one says so */ }
    model.send({ type: "file", name, size: file.size }, undefined, [bytes]);
    input.value = "";
  } });
  el.append(make("label", { class: "sm-button sm-quiet-button" }, model.get("label"), input));
}

export default { render };
