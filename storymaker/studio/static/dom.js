// What every control of the page needs: elements made of plain values. Text is always text: nothing here reads markup.
const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
};

const button = (label, onclick, properties = {}) => make("button", { type: "button", onclick, ...properties }, label);

// An address that we made: a path of this server, or the bytes themselves.
const safeAddress = (address) => (/^(\/(?!\/)|data:image\/(png|jpeg);base64,)/.test(address ?? "") ? address : "");

const picture = (address, alt, properties = {}) =>
  make("img", { decoding: "async", ...properties, alt, src: safeAddress(address) || null });

let serial = 0;
const freshId = () => `sm-${++serial}-${Math.random().toString(36).slice(2, 8)}`;

// The browser's own memory of this tab: what was typed and not saved yet survives a reload and a dead kernel.
const shelfOfDrafts = {
  get(key) {
    try { return JSON.parse(sessionStorage.getItem(`storymaker:${key}`)); } catch { return null; }
  },
  set(key, value) {
    try { sessionStorage.setItem(`storymaker:${key}`, JSON.stringify(value)); } catch { /* full, or not allowed */ }
  },
  drop(key) {
    try { sessionStorage.removeItem(`storymaker:${key}`); } catch { /* not allowed */ }
  },
};
