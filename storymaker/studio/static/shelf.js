// The shelf: a cover for each book, which opens it.
function render({ model, el }) {
  const list = make("ul", { class: "sm-shelf" });
  el.append(list);
  const send = (type, id) => model.send({ type, id });

  const book = ({ id, title, line, cover, done, of }) => make("li", { class: "sm-book", "data-book": id },
    make("button", { type: "button", class: "sm-cover", onclick: () => send("open", id), "aria-label": `Open ${title}` },
      cover ? picture(cover, "") : make("span", { class: "sm-no-cover", "aria-hidden": "true" }, title)),
    make("h3", {}, title),
    make("p", { class: "sm-quiet" }, line),
    of && done < of ? make("progress", { max: of, value: done, "aria-label": `Pictures of ${title}` }) : null,
    button("Delete", () => send("delete", id), { class: "sm-plain", "aria-label": `Delete ${title}` }));
  const trouble = ({ reason }) => make("li", { class: "sm-book sm-broken" }, make("p", {}, reason));

  const heard = ({ type, books, problems }) => {
    if (type !== "books") return;
    list.replaceChildren(...books.map(book), ...problems.map(trouble));
  };
  model.on("msg:custom", heard);
  model.send({ type: "mounted" });
  return () => model.off("msg:custom", heard);
}

export default { render };
