// The shelf: a cover for each book, which opens it.
function render({ model, el }) {
  const list = make("ul", { class: "sm-shelf" });
  const trash = make("details", { class: "sm-trash", hidden: true });
  el.append(list, trash);
  const send = (type, id) => model.send({ type, id });

  const book = ({ id, title, line, cover, done, of }) => make("li", { class: "sm-book", "data-book": id },
    make("button", { type: "button", class: "sm-cover", onclick: () => send("open", id), "aria-label": `Open ${title}` },
      cover ? picture(cover, "") : make("span", { class: "sm-no-cover", "aria-hidden": "true" }, title)),
    make("h3", {}, title),
    make("p", { class: "sm-quiet" }, line),
    of && done < of ? make("progress", { max: of, value: done, "aria-label": `Pictures of ${title}` }) : null,
    make("div", { class: "sm-row" },
      button("Copy", () => send("copy", id), { class: "sm-plain", "aria-label": `Copy ${title}` }),
      button("Delete", () => send("delete", id), { class: "sm-plain", "aria-label": `Delete ${title}` })));
  const trouble = ({ reason }) => make("li", { class: "sm-book sm-broken" }, make("p", {}, reason));

  const gone = ({ id, title }) => make("li", {}, make("span", {}, title), make("div", { class: "sm-row" },
    button("Put back", () => send("restore", id), { class: "sm-plain", "aria-label": `Put ${title} back on the shelf` }),
    button("Delete for good", () => {
      if (confirm(`Delete “${title}” with all its pictures for good? Nobody can bring it back then.`)) send("purge", id);
    }, { class: "sm-plain sm-delete", "aria-label": `Delete ${title} for good` })));

  const heard = ({ type, books, problems, trash: thrown }) => {
    if (type !== "books") return;
    list.replaceChildren(...books.map(book), ...problems.map(trouble));
    trash.hidden = !thrown.length;
    trash.replaceChildren(make("summary", {}, `In the trash (${thrown.length})`), make("ul", {}, ...thrown.map(gone)));
  };
  model.on("msg:custom", heard);
  model.send({ type: "mounted" });
  return () => model.off("msg:custom", heard);
}

export default { render };
