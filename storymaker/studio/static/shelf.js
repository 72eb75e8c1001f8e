// The shelf: a cover for each book, which opens it. More come as the end is neared, and a long shelf can be searched.
const EAGER = 12; // covers that are surely seen at once
const PAUSE_MS = 200;

function render({ model, el }) {
  const list = make("ul", { class: "sm-shelf" });
  const trash = make("details", { class: "sm-trash", hidden: true });
  const send = (type, what) => model.send({ type, ...what });

  let books = []; // those that are shown, the latest first
  let items = new Map();
  let troubles = [];
  let next = null; // where more begin; null where all are shown
  let asked = null;
  let shownSearch = "";
  let long = false; // whether there are more than came at first
  let pressed = false;

  const book = ({ id, title, line, cover, done, of }, n) => make("li", { class: "sm-book", "data-book": id },
    make("button", { type: "button", class: "sm-cover", onclick: () => send("open", { id }), "aria-label": `Open ${title}` },
      cover ? picture(cover, "", { loading: n < EAGER ? null : "lazy" }) : make("span", { class: "sm-no-cover", "aria-hidden": "true" }, title)),
    make("h3", { onclick: () => send("open", { id }) }, title), // for the mouse: the keyboard has the cover above
    make("p", { class: "sm-quiet" }, line),
    of && done < of ? make("progress", { max: of, value: done, "aria-label": `Pictures of ${title}` }) : null,
    make("div", { class: "sm-row" },
      button("Copy", () => send("copy", { id }), { class: "sm-plain", "aria-label": `Copy ${title}` }),
      button("Delete", () => send("delete", { id }), { class: "sm-plain", "aria-label": `Delete ${title}` })));
  const trouble = ({ reason }) => make("li", { class: "sm-book sm-broken" }, make("p", {}, reason));

  // Drawing: what has not changed stays as it is, with the focus in it

  const draw = () => {
    const held = list.contains(document.activeElement) ? document.activeElement.closest("li") : null;
    const focused = held && { id: held.dataset.book, at: [...list.children].indexOf(held), nth: [...held.querySelectorAll("button")].indexOf(document.activeElement) };
    const before = items;
    items = new Map();
    books.forEach((one, n) => {
      const told = JSON.stringify(one);
      const known = before.get(one.id);
      items.set(one.id, known?.told === told ? known : { told, item: book(one, n) });
    });
    const shown = [...items.values()].map(({ item }) => item);
    arrange(long ? [...troubles, ...shown] : [...shown, ...troubles]);
    if (focused && !held.isConnected) refocus(focused);
  };
  const arrange = (wanted) => {
    const staying = new Set(wanted);
    for (const child of [...list.children]) if (!staying.has(child)) child.remove();
    let at = list.firstChild;
    for (const item of wanted) {
      if (item === at) at = at.nextSibling;
      else list.insertBefore(item, at);
    }
  };
  const refocus = ({ id, at, nth }) => {
    const same = items.get(id)?.item.querySelectorAll("button")[nth];
    const near = list.children[Math.min(at, list.children.length - 1)]?.querySelector("button");
    (same ?? near ?? el.closest(".sm-home")?.querySelector("h2"))?.focus({ preventScroll: !!same });
  };

  // More, when the end comes near, or when the button is pressed

  const moreButton = button("Show more books", () => { pressed = true; asked = null; more(); });
  const end = make("div", { class: "sm-end", hidden: true }, make("span", { class: "sm-reach", "aria-hidden": "true" }), moreButton);
  const more = () => {
    if (next === null || asked === next) return;
    asked = next;
    send("more", { of: "shelf", after: next, search: shownSearch });
  };
  const watcher = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more(); });
  const watch = () => {
    const waiting = document.activeElement === moreButton && next === null;
    end.hidden = next === null;
    if (waiting) list.lastElementChild?.querySelector("button")?.focus({ preventScroll: true });
    watcher.disconnect();
    if (next !== null) watcher.observe(end.firstChild);
  };

  // Looking for a book

  const field = make("input", { type: "search", id: freshId(), maxlength: 200, autocomplete: "off", enterkeyhint: "search" });
  const count = make("p", { role: "status", class: "sm-quiet" });
  const find = make("form", { role: "search", class: "sm-find", hidden: true, onsubmit: (event) => { event.preventDefault(); look(); } },
    make("div", { class: "sm-field" }, make("label", { for: field.id }, "Find a book by its title or hero"), field), count);
  let typing = 0;
  let sought = "";
  const look = () => {
    clearTimeout(typing);
    typing = 0;
    if (field.value.trim() === sought) return;
    sought = field.value.trim();
    send("search", { text: sought });
  };
  field.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(look, PAUSE_MS); });
  const tell = (total) => {
    const number = total.toLocaleString("en");
    const said = !shownSearch ? `${number} books` : !total ? "No book is called like that." : total === 1 ? "1 book found" : `${number} books found`;
    if (long && count.textContent !== said) count.textContent = said;
  };

  // The trash

  const gone = ({ id, title }) => make("li", {}, make("span", {}, title), make("div", { class: "sm-row" },
    button("Put back", () => send("restore", { id }), { class: "sm-plain", "aria-label": `Put ${title} back on the shelf` }),
    button("Delete for good", () => {
      if (confirm(`Delete “${title}” with all its pictures for good? Nobody can bring it back then.`)) send("purge", { id });
    }, { class: "sm-plain sm-delete", "aria-label": `Delete ${title} for good` })));
  let thrownNext = null;
  const thrownList = make("ul");
  const thrownSummary = make("summary");
  const moreThrown = button("Show more of the trash", () => send("more", { of: "trash", after: thrownNext, search: "" }), { class: "sm-plain" });
  trash.append(thrownSummary, thrownList, moreThrown);
  const showTrash = ({ trash: some, thrown, thrownNext: following }) => {
    trash.hidden = !some.length;
    thrownSummary.textContent = `In the trash (${thrown})`;
    thrownList.replaceChildren(...some.map(gone));
    thrownNext = following;
    moreThrown.hidden = following === null;
  };

  // What the studio says

  const handlers = {
    books: (told) => {
      const last = told.books.at(-1);
      const fresh = new Set(told.books.map(({ id }) => id));
      const beyond = told.search === shownSearch && told.next !== null ? books.filter(({ id, at }) => at < last.at && !fresh.has(id)) : [];
      if (!beyond.length) next = told.next;
      books = [...told.books, ...beyond];
      shownSearch = told.search;
      if (document.activeElement !== field && !typing) field.value = sought = told.search;
      long = told.search !== "" || told.next !== null;
      troubles = told.problems.map(trouble);
      asked = null;
      find.hidden = !long;
      if (long) find.after(trash); else end.after(trash); // nobody scrolls through a long shelf to its trash
      draw();
      tell(told.total);
      showTrash(told);
      watch();
    },
    more: (told) => {
      if (told.after !== next || told.search !== shownSearch) return;
      const known = new Set(books.map(({ id }) => id));
      const more = told.books.filter(({ id }) => !known.has(id));
      books = [...books, ...more];
      next = told.next;
      draw();
      tell(told.total);
      if (pressed && more.length) items.get(more[0].id).item.querySelector("button").focus();
      pressed = false;
      watch();
    },
    thrown: (told) => {
      if (told.after !== thrownNext) return;
      const more = told.trash.map(gone);
      thrownList.append(...more);
      thrownNext = told.next;
      moreThrown.hidden = thrownNext === null;
      more[0]?.querySelector("button").focus();
    },
    gone: ({ id }) => { books = books.filter((one) => one.id !== id); draw(); },
    back: ({ book: one }) => {
      books = books.filter(({ id }) => id !== one.id);
      const at = books.findIndex((other) => other.at < one.at);
      if (at < 0 && next !== null) return; // it comes with those that follow
      books.splice(at < 0 ? books.length : at, 0, one);
      draw();
    },
  };
  const heard = (message) => handlers[message.type]?.(message);
  el.append(find, list, end, trash);
  model.on("msg:custom", heard);
  model.send({ type: "mounted" });
  return () => { watcher.disconnect(); clearTimeout(typing); model.off("msg:custom", heard); };
}

export default { render };
