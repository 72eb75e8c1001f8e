// One of several, as cards with a title and a line, perhaps a picture: real radio buttons, so keys and screen readers know them.
function render({ model, el }) {
  const group = freshId();
  const legend = make("legend", {});
  const cards = make("div", { class: "sm-choices" });
  el.append(make("fieldset", { class: "sm-choice" }, legend, cards));

  const select = () => {
    for (const radio of cards.querySelectorAll("input")) radio.checked = radio.value === model.get("value");
  };
  const card = ({ value, title, line, image, disabled }) => {
    const radio = make("input", { type: "radio", name: group, value, disabled,
      onchange: () => { model.set("value", value); model.save_changes(); } });
    return make("label", { class: "sm-option" }, radio,
      image ? picture(image, "", { class: "sm-option-picture" }) : null,
      make("span", { class: "sm-option-words" }, make("span", { class: "sm-option-title" }, title),
        line ? make("span", { class: "sm-option-line" }, line) : null));
  };
  const fill = () => {
    const focused = cards.contains(document.activeElement);
    legend.textContent = model.get("label");
    cards.replaceChildren(...model.get("options").map(card));
    select();
    if (focused) cards.querySelector("input:checked")?.focus();
  };
  fill();
  model.on("change:options change:label", fill);
  model.on("change:value", select);
  return () => { model.off("change:options change:label", fill); model.off("change:value", select); };
}

export default { render };
