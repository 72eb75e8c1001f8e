// The finished pages as they will be printed: two at a time, as an open book.
function render({ model, el }) {
  const left = make("div", { class: "sm-leaf" });
  const right = make("div", { class: "sm-leaf" });
  const where = make("p", { role: "status", class: "sm-quiet" });
  const back = button("‹ Back", () => turn(-1), { class: "sm-plain" });
  const on = button("Next ›", () => turn(1), { class: "sm-plain" });
  const dialog = make("dialog", { class: "sm-preview", tabindex: "-1", "aria-label": "The book as it will be printed" },
    make("div", { class: "sm-spread" }, left, right),
    make("div", { class: "sm-row" }, back, where, on, button("Close", () => dialog.close(), { class: "sm-plain" })));
  document.body.append(dialog);
  let spread = 0;
  let pages = 0;
  let version = 0;
  const leaves = new Map();

  const pagesOf = (n) => [2 * n, 2 * n + 1].filter((page) => page >= 1 && page <= pages);
  const leaf = (place, page) => {
    place.replaceChildren();
    place.hidden = !page;
    if (!page) return;
    if (leaves.has(page)) place.append(leaves.get(page));
    else { place.append(make("div", { class: "sm-waiting" })); model.send({ type: "page", n: page, version }); }
  };
  const show = () => {
    const [first, second] = pagesOf(spread);
    leaf(left, spread === 0 ? null : first);
    leaf(right, spread === 0 ? first : second);
    const shown = pagesOf(spread);
    where.textContent = shown.length > 1 ? `Pages ${shown[0]} and ${shown[1]} of ${pages}` : `Page ${shown[0]} of ${pages}`;
    back.disabled = spread === 0;
    on.disabled = 2 * spread + 1 >= pages;
    if (document.activeElement === document.body || document.activeElement?.disabled) dialog.focus(); // a button that went dim lets go of the keys
  };
  const turn = (by) => {
    const next = spread + by;
    if (next < 0 || !pagesOf(next).length) return;
    spread = next;
    show();
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
  });
  const heard = (message) => {
    if (message.type === "open") {
      ({ pages, version } = message);
      leaves.clear();
      spread = 0;
      show();
      if (!dialog.open) dialog.showModal();
    } else if (message.type === "page" && message.version === version) {
      leaves.set(message.n, picture(message.address, `Page ${message.n}`));
      if (pagesOf(spread).includes(message.n)) show();
    }
  };
  model.on("msg:custom", heard);
  return () => { model.off("msg:custom", heard); dialog.remove(); };
}

export default { render };
