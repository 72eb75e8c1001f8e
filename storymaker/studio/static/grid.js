// What the grid's own scripts lack: a head without filters that do nothing, and edits of the whole words. A cell of the grid holds
// shortened words; so only titles are edited in it, and every other edit opens the page's card with the cursor in its field.
function render({ model, el }) {
  const columns = model.get("columns");
  el.append(make("div", { class: "sm-grid-head", "aria-hidden": "true" },
    ...columns.map(({ name, width }) => make("span", { style: `width: ${width}px` }, name))));

  const place = () => el.closest(".sm-grid-place");
  const within = (target) => Boolean(place()?.contains(target)) && !el.contains(target);
  const columnAt = (x) => {
    let left = x - place().querySelector(".lm-DataGrid").getBoundingClientRect().left;
    return columns.find(({ width }) => (left -= width) < 0);
  };
  const openCard = () => {
    const card = place().parentElement.querySelector(".sm-one .sm-card");
    const field = card?.querySelector(".sm-field-text textarea") ?? card?.querySelector(".sm-field-title input");
    field?.focus({ preventScroll: true });
    field?.setSelectionRange(field.value.length, field.value.length);
  };
  const halt = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

  const doubled = (event) => {
    if (!within(event.target) || event.target.matches("input") || columnAt(event.clientX)?.edits) return;
    halt(event);
    if (columnAt(event.clientX)?.opens) openCard();
  };
  const pressed = (event) => {
    if (!within(event.target) || event.target.matches("input")) return; // an editor of a title has its own keys
    if (["Enter", "F2"].includes(event.key)) { halt(event); openCard(); return; }
    const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    const pastes = (event.ctrlKey || event.metaKey) && ["v", "x"].includes(event.key.toLowerCase());
    if (types || pastes || ["Backspace", "Delete"].includes(event.key)) halt(event);
  };
  const pasted = (event) => { if (within(event.target) && !event.target.matches("input")) halt(event); };

  // Where the grid takes the focus back, the window stays where it is.
  const calm = (event) => {
    if (!within(event.target)) return;
    for (const node of place().querySelectorAll(".lm-DataGrid, .lm-DataGrid *")) {
      if (node.tabIndex < 0 || Object.hasOwn(node, "focus")) continue;
      node.focus = (options) => HTMLElement.prototype.focus.call(node, { ...options, preventScroll: true });
    }
  };

  const listeners = [["dblclick", doubled], ["keydown", pressed], ["paste", pasted], ["pointerdown", calm]];
  for (const [name, listener] of listeners) document.addEventListener(name, listener, true);
  return () => { for (const [name, listener] of listeners) document.removeEventListener(name, listener, true); };
}

export default { render };
