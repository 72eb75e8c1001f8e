// Pages as cards of real controls: one beside the grid, or all of them in a column. Text goes in as text, never as markup.
const IDLE_SECONDS = 3;
const FIELDS = { title: "Title", text: "Words", image_prompt: "What the picture shows", scene: "Place, time and weather", alt: "For those who cannot see the picture" };
const MAX = { title: 400, text: 6000, image_prompt: 6000, scene: 400, alt: 6000 };
const LONG = new Set(["text", "image_prompt", "alt"]);

function render({ model, el }) {
  const cards = new Map();
  let rows = [];
  let options = {};
  let selected = "";
  const column = make("div", { class: "sm-cards" });
  const chooser = make("select", { "aria-label": "Page", onchange: () => select(chooser.value, true) });
  const back = button("‹ Previous", () => step(-1), { class: "sm-plain" });
  const on = button("Next ›", () => step(1), { class: "sm-plain" });
  const guide = make("nav", { class: "sm-guide", "aria-label": "Pages" }, back, chooser, on);
  el.append(guide, column);
  const send = (type, id, more = {}) => model.send({ type, id, ...more });

  const at = () => rows.findIndex((row) => row.id === selected);
  const select = (id, tell) => {
    if (!cards.has(id)) return;
    selected = id;
    layOut();
    if (tell) send("select", id);
  };
  const step = (by) => {
    const next = rows[at() + by];
    if (next) select(next.id, true);
  };
  const name = (row) => (row.n === 0 ? "Cover" : `Page ${row.n}`);

  function field(row, which) {
    const label = which === "title" && row.n === 0 ? "The book’s title" : FIELDS[which];
    const id = freshId();
    const entry = make(LONG.has(which) ? "textarea" : "input", { id, maxlength: MAX[which], rows: LONG.has(which) ? 2 : null });
    const said = make("p", { class: "sm-fault", role: "alert", hidden: true, id: `${id}-fault` });
    const both = make("div", { class: "sm-conflict", hidden: true });
    const key = `draft:${row.id}:${which}`;
    let base = row[which];
    let sent = null;
    let idle;
    const grow = () => {
      if (entry.tagName !== "TEXTAREA" || !entry.isConnected) return;
      entry.style.height = "auto";
      entry.style.height = `${entry.scrollHeight + 4}px`;
    };
    const commit = () => {
      clearTimeout(idle);
      if (sent !== null) return; // what was sent is answered first; then comes what was typed since
      if (entry.value === base) { complain(""); shelfOfDrafts.drop(key); return; } // typed back to what is saved
      sent = entry.value;
      send("edit", row.id, { field: which, value: entry.value, base });
    };
    const complain = (sentence) => {
      said.textContent = sentence;
      said.hidden = !sentence;
      if (sentence) entry.setAttribute("aria-describedby", said.id); else entry.removeAttribute("aria-describedby");
      entry.toggleAttribute("aria-invalid", Boolean(sentence));
    };
    const clean = () => { sent = null; complain(""); both.hidden = true; shelfOfDrafts.drop(key); };
    // What comes from the book while somebody is in the field leaves the caret, and what is selected, where they are.
    const put = (value) => {
      if (entry.value === value) return;
      const here = document.activeElement === entry;
      const { selectionStart: from, selectionEnd: to } = entry;
      const all = from === 0 && to === entry.value.length;
      entry.value = value;
      if (here) entry.setSelectionRange(all ? 0 : from, all ? value.length : to);
    };
    entry.value = base;
    entry.addEventListener("input", () => {
      grow();
      shelfOfDrafts.set(key, { value: entry.value, base });
      clearTimeout(idle);
      idle = setTimeout(commit, IDLE_SECONDS * 1000);
    });
    entry.addEventListener("change", commit);
    entry.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || entry.tagName === "INPUT")) commit();
    });
    const api = {
      element: make("div", { class: `sm-field sm-field-${which}` }, make("label", { for: id }, label), entry, said, both),
      entry, grow,
      // What the book says now; what is being typed here stays, and is compared when it is sent.
      set(value) {
        if (sent !== null) return; // the answer says more
        if (entry.value === base) { base = value; put(value); grow(); return; }
        if (both.hidden && document.activeElement !== entry) commit();
      },
      saved(value) {
        const typed = entry.value !== sent;
        base = value;
        if (!typed) put(value);
        clean();
        if (typed) { shelfOfDrafts.set(key, { value: entry.value, base }); commit(); }
        grow();
      },
      failed(sentence) {
        const typed = entry.value !== sent;
        sent = null;
        complain(sentence);
        if (typed) commit();
      },
      conflict(theirs) {
        sent = null;
        const keep = (value) => { base = theirs; entry.value = value; both.hidden = true; if (value === theirs) { clean(); entry.value = theirs; grow(); } else commit(); entry.focus(); };
        const mine = entry.value;
        both.replaceChildren(make("p", { role: "alert" }, "This was changed elsewhere in the meantime. Which shall stay?"),
          make("div", { class: "sm-sides" },
            make("div", {}, make("p", { class: "sm-quiet" }, "Yours"), make("blockquote", {}, mine), button("Keep mine", () => keep(mine))),
            make("div", {}, make("p", { class: "sm-quiet" }, "The other"), make("blockquote", {}, theirs), button("Keep the other", () => keep(theirs)))));
        both.hidden = false;
      },
      restore() {
        const draft = shelfOfDrafts.get(key);
        if (!draft || draft.value === row[which]) { shelfOfDrafts.drop(key); return; }
        base = draft.base;
        entry.value = draft.value;
        commit();
      },
    };
    return api;
  }

  // What costs money and would ask for just the same again is asked for twice.
  function wishing(id, kind, label, placeholder, same = () => false) {
    const wish = make("input", { maxlength: 400, placeholder, "aria-label": placeholder });
    let asked = false;
    const go = button(label, () => {
      if (!asked && !wish.value.trim() && same()) {
        asked = true;
        go.textContent = `The same once more? Click again (${options.price_picture})`;
        return;
      }
      asked = false;
      send(kind, id, { wish: wish.value });
      wish.value = "";
    }, { "aria-live": "polite" });
    go.addEventListener("blur", () => { asked = false; });
    wish.addEventListener("keydown", (event) => { if (event.key === "Enter") go.click(); });
    return { wish, go };
  }

  function card(row) {
    const fields = Object.fromEntries(Object.keys(FIELDS).filter((which) => row.n !== 0 || which !== "text").map((which) => [which, field(row, which)]));
    const heading = make("h3", {});
    const image = make("img", { alt: "", decoding: "async", loading: "lazy", width: 480, height: 480 });
    const none = make("div", { class: "sm-no-picture", "aria-hidden": "true" });
    const state = make("p", { class: "sm-state", role: "status" });
    const notes = make("p", { class: "sm-quiet" });
    const reason = make("p", { class: "sm-fault" });
    const hint = make("p", { class: "sm-quiet", hidden: true },
      "A picture is drawn from its description and its place, not from the words. Say in a wish what should change, or change those two below.");
    const look = button("Show me the picture", () => send("use_picture", row.id, { file: current.picture }), { class: "sm-button" });
    const retry = button("Try again", () => send("retry", row.id), { class: "sm-button" });
    const cancel = button("Stop", () => send("cancel", row.id), { class: "sm-plain" });
    const rewriting = options.wish_words ? "Rewrite the words" : "Another telling of this page"; // whoever heeds no wish tells the story's own again
    const draw = wishing(row.id, "redraw", "Draw", options.wish_pictures ? "A wish for the picture (you may leave it empty)" : "",
      () => Boolean(options.price_picture) && current.state === "done");
    const write = row.n === 0 ? null : wishing(row.id, "rewrite", rewriting, options.wish_words ? "A wish for the words (you may leave it empty)" : "");
    if (write) write.element = make("div", { class: "sm-wishing" }, options.wish_words ? write.wish : null, write.go);
    write?.go.classList.add("sm-plain"); // never the loudest button beside a field that saves itself
    const lock = button("Lock", () => send("lock", row.id, { locked: !current.locked }), { class: "sm-plain" });
    const versions = make("div", { class: "sm-versions" });
    const earlier = make("details", { class: "sm-earlier", ontoggle: () => { if (earlier.open) send("versions", row.id); } },
      make("summary", {}, "Earlier pictures and words"), versions);
    const more = make("details", { class: "sm-more" }, make("summary", {}, "Picture description, place, alternative text"),
      fields.image_prompt.element, fields.scene.element, fields.alt.element,
      make("p", { class: "sm-quiet" }, "The picture is drawn from its description and place."));
    more.addEventListener("toggle", () => { for (const one of Object.values(fields)) one.grow(); });
    const moves = row.n === 0 ? null : make("div", { class: "sm-row" },
      button("Move up", () => send("move", row.id, { by: -1 }), { class: "sm-plain sm-up" }),
      button("Move down", () => send("move", row.id, { by: 1 }), { class: "sm-plain sm-down" }),
      button("Add a page after this", () => send("add", row.id), { class: "sm-plain" }),
      button("Delete page", () => send("delete", row.id), { class: "sm-plain sm-delete" }));
    const element = make("article", { class: "sm-card", "data-chapter": row.id, "aria-label": name(row) },
      make("div", { class: "sm-card-picture" }, image, none, state, hint, notes, reason, make("div", { class: "sm-row" }, look, retry, cancel),
        make("div", { class: "sm-wishing" }, options.wish_pictures ? draw.wish : null, draw.go)),
      make("div", { class: "sm-card-words" }, make("div", { class: "sm-card-head" }, heading, lock),
        fields.title.element, fields.text?.element,
        write?.element,
        more, earlier, moves));
    let current = row;

    const paint = (news) => {
      current = { ...current, ...news };
      const label = name(current);
      heading.textContent = label;
      element.setAttribute("aria-label", label);
      element.dataset.state = current.state;
      for (const [which, one] of Object.entries(fields)) if (which in news) one.set(news[which]);
      if ("address" in news || "alt" in news) {
        const address = safeAddress(current.address);
        if (address && image.getAttribute("src") !== address) image.src = address;
        image.hidden = !address;
        none.hidden = Boolean(address);
        image.alt = current.sketch ? `${label} while it is painted` : current.alt || `The picture of ${label.toLowerCase()}`;
      }
      const busy = ["waiting", "drawing", "writing"].includes(current.state);
      element.classList.toggle("sm-busy", busy);
      if (state.textContent !== current.label) state.textContent = current.label;
      notes.textContent = current.notes;
      notes.hidden = !current.notes;
      reason.textContent = current.reason;
      reason.hidden = !current.reason;
      retry.hidden = current.state !== "failed";
      cancel.hidden = !busy;
      hint.hidden = current.state !== "stale";
      look.hidden = !current.veiled;
      look.setAttribute("aria-label", `${look.textContent}: ${label}`);
      draw.go.textContent = current.picture ? "Draw anew" : "Draw the picture";
      if (options.price_picture) draw.go.textContent += ` (${options.price_picture})`;
      draw.go.setAttribute("aria-label", `${draw.go.textContent}: ${label}`);
      draw.go.disabled = busy;
      if (write) {
        write.go.textContent = options.price_words ? `${rewriting} (${options.price_words})` : rewriting;
        write.go.setAttribute("aria-label", `${write.go.textContent}: ${label}`);
        write.go.disabled = busy;
        write.element.hidden = !current.retellable;
      }
      lock.textContent = current.locked ? "Locked" : "Lock";
      lock.setAttribute("aria-pressed", String(current.locked));
      lock.title = "A locked page is left alone when the story is rewritten or everything missing is drawn";
      if (moves) {
        moves.querySelector(".sm-up").disabled = current.n === 1;
        moves.querySelector(".sm-down").disabled = current.n === rows.length - 1;
        for (const one of moves.querySelectorAll("button")) one.setAttribute("aria-label", `${one.textContent}: ${label}`);
      }
      if ("picture" in news || "text" in news || "title" in news) if (earlier.open) send("versions", row.id);
    };

    const showVersions = ({ pictures, wordings }) => {
      const figures = pictures.map(({ file, address, when }) => make("figure", { class: file === current.picture ? "sm-present" : "" },
        picture(address, `Picture of ${when}`),
        make("figcaption", {}, when, file === current.picture ? make("strong", {}, "in the book now")
          : button("Use this one", () => send("use_picture", row.id, { file }), { "aria-label": `Use the picture of ${when}` }))));
      const texts = wordings.map(({ title, text, when, present }) => make("blockquote", { class: present ? "sm-present" : "" },
        make("p", { class: "sm-quiet" }, when), make("strong", {}, title), make("p", {}, text),
        present ? make("strong", {}, "in the book now")
          : button("Use these words", () => send("use_words", row.id, { title, text }), { "aria-label": `Use the words of ${when}` })));
      versions.replaceChildren(
        make("div", { class: "sm-figures" }, ...(figures.length ? figures : [make("p", { class: "sm-quiet" }, "No picture was drawn yet.")])),
        make("div", { class: "sm-texts" }, ...texts));
    };
    return { element, fields, paint, showVersions, restore: () => { for (const one of Object.values(fields)) one.restore(); } };
  }

  function layOut() {
    const one = model.get("mode") === "one";
    el.classList.toggle("sm-one", one);
    el.classList.toggle("sm-pages", !one);
    guide.hidden = !one;
    const index = at();
    back.disabled = index <= 0;
    on.disabled = index < 0 || index >= rows.length - 1;
    if (chooser.value !== selected) chooser.value = selected;
    const wanted = one ? (index < 0 ? [] : [cards.get(selected).element]) : rows.map((row) => cards.get(row.id).element);
    const present = [...column.children];
    if (wanted.length !== present.length || wanted.some((element, n) => element !== present[n])) column.replaceChildren(...wanted);
    requestAnimationFrame(() => { for (const { fields } of cards.values()) for (const each of Object.values(fields)) each.grow(); });
  }

  function nameOptions() {
    chooser.replaceChildren(...rows.map((row) => make("option", { value: row.id }, row.n ? `${row.n} · ${row.title || "untitled"}` : "Cover")));
    chooser.value = selected;
  }

  const handlers = {
    rows(message) {
      options = message.options;
      const known = new Map(cards);
      cards.clear();
      rows = message.rows;
      for (const row of rows) {
        const kept = known.get(row.id);
        const one = kept ?? card(row);
        cards.set(row.id, one);
        one.paint(row);
        if (!kept) one.restore();
      }
      if (at() < 0) selected = message.selected; // whoever looks at a page keeps looking at it: what the other side knows may be older
      if (at() < 0) selected = rows[0]?.id ?? "";
      nameOptions();
      layOut();
    },
    patch({ id, row }) {
      const index = rows.findIndex((one) => one.id === id);
      if (index < 0) return;
      rows[index] = { ...rows[index], ...row };
      cards.get(id).paint(row);
      if ("title" in row || "n" in row) nameOptions();
    },
    select({ id }) { select(id, false); },
    saved({ id, field: which, value }) { cards.get(id)?.fields[which]?.saved(value); },
    failed({ id, field: which, sentence }) { cards.get(id)?.fields[which]?.failed(sentence); },
    conflict({ id, field: which, theirs }) { cards.get(id)?.fields[which]?.conflict(theirs); },
    versions(message) { cards.get(message.id)?.showVersions(message); },
  };
  const heard = (message) => handlers[message.type]?.(message);
  const turned = () => layOut();
  model.on("msg:custom", heard);
  model.on("change:mode", turned);
  model.send({ type: "mounted" });
  return () => { model.off("msg:custom", heard); model.off("change:mode", turned); };
}

export default { render };
