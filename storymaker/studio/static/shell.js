// The page's frame: messages, the address, the heartbeat, and the memory of what was typed and not sent.
const BEAT_SECONDS = 4;
const MISSED = 2;
const LOOK_SECONDS = 2;
const isPage = () => document.body.dataset.voila === "voila";

function render({ model, el }) {
  const host = make("div", { class: "sm-toasts" });
  const polite = make("div", { role: "status" });
  const loud = make("div", { role: "alert" });
  host.append(loud, polite);
  document.body.append(host); // “fixed” inside Voila's panels is not fixed to the window
  const ready = make("div", { id: "storymaker-ready", "data-state": model.get("state"), hidden: true });
  el.append(ready);
  const send = (message) => { try { model.send(message); } catch { /* the kernel is gone: the heartbeat says so */ } };

  // Toasts

  const toast = ({ id, text, kind, action, seconds }) => {
    const note = make("div", { class: `sm-toast sm-${kind}` }, make("span", {}, text));
    const close = () => note.remove();
    if (action) note.append(button(action, () => { close(); send({ type: "action", id }); }));
    note.append(button("×", close, { class: "sm-toast-close", "aria-label": "Close this message" }));
    for (const other of host.querySelectorAll(".sm-toast")) if (other.firstChild.textContent === text) other.remove();
    (kind === "error" ? loud : polite).append(note);
    while (host.querySelectorAll(".sm-toast").length > 4) host.querySelector(".sm-toast").remove();
    if (seconds) {
      let left = setTimeout(close, seconds * 1000);
      const wait = () => clearTimeout(left);
      const go = () => { clearTimeout(left); left = setTimeout(close, seconds * 1000); };
      note.addEventListener("mouseenter", wait);
      note.addEventListener("focusin", wait);
      note.addEventListener("mouseleave", go);
      note.addEventListener("focusout", go);
    }
  };

  // The address: reload, a second tab and a phone come back to the same place

  const query = () => Object.fromEntries(new URLSearchParams(location.search));
  const go = ({ to, title, replace }) => {
    if (!isPage()) return; // JupyterLab's address and title are none of ours
    document.title = title;
    const url = new URL(location);
    url.search = new URLSearchParams(to).toString();
    if (url.href !== location.href) history[replace ? "replaceState" : "pushState"](null, "", url);
  };
  const back = () => send({ type: "visit", query: query() });

  // What was typed in the fields of a step, by the name in their class

  const fields = `fields:${model.get("user")}`;
  const kept = () => shelfOfDrafts.get(fields) ?? {};
  const remember = ({ target }) => {
    const field = target.closest?.("[class*='sm-keep-']");
    const name = field?.className.match(/\bsm-keep-(\w+)/)?.[1];
    if (name) shelfOfDrafts.set(fields, { ...kept(), [name]: target.value });
  };

  // The heartbeat: Voila says nothing when a kernel dies

  let missed = 0;
  let lost = null;
  const lose = () => {
    if (lost) return;
    const note = make("div", { class: "sm-toast sm-error sm-lost" },
      make("span", {}, "The studio does not answer just now. What you typed is kept, and what is being made goes on."),
      button("Reload", () => location.reload()));
    lost = { note, away: false };
    loud.append(note);
  };
  // Why a page's kernel is gone: to make room for another page, after a long while, or by an accident

  const kernel = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}").kernelId;
  let asking = false;
  const ask = async () => {
    if (!isPage() || !kernel || asking) return;
    asking = true;
    try {
      const answer = await fetch(`/studio/ended/${kernel}`, { cache: "no-store", redirect: "error" });
      const { why } = answer.ok ? await answer.json() : {};
      if (!why) return;
      lose();
      lost.note.firstChild.textContent = why;
      lost.note.querySelector("button").textContent = "Open it again";
    } catch { /* the server does not answer either: the heartbeat says so */
    } finally {
      asking = false;
    }
  };
  const found = () => { lost?.note.remove(); lost = null; missed = 0; };
  const look = async () => {
    if (!lost || !isPage()) return;
    try {
      await fetch("/api/health", { cache: "no-store", redirect: "error" });
      if (lost?.away) location.reload(); // the server was gone and is back: its old pages have no kernel any more
    } catch {
      if (lost) lost.away = true;
    }
  };
  const beat = () => {
    if (document.hidden) return;
    if (++missed > MISSED) {
      lose();
      ask();
    }
    send({ type: "ping" });
  };
  const shown = () => { if (!document.hidden) { missed = 0; beat(); ask(); } };

  const handlers = {
    toast, go,
    pong: found,
    forget: () => shelfOfDrafts.drop(fields),
    focus: ({ selector }) => setTimeout(() => {
      const target = document.querySelector(selector);
      if (!target) return;
      if (target.tabIndex < 0) target.setAttribute("tabindex", "-1");
      target.focus({ preventScroll: true });
      const heading = target.tagName === "H2";
      (heading ? target.closest(".sm-studio") : target).scrollIntoView({ block: heading ? "start" : "center" });
    }, 50),
    download: ({ address, name }) => {
      if (!/^(\/(?!\/)|data:)/.test(address)) return;
      const link = make("a", { href: address, download: name, hidden: true });
      document.body.append(link);
      link.click();
      link.remove();
    },
  };
  const heard = (message) => handlers[message.type]?.(message);
  const turned = () => { ready.dataset.state = model.get("state"); };

  model.on("msg:custom", heard);
  model.on("change:state", turned);
  document.addEventListener("input", remember, true);
  document.addEventListener("visibilitychange", shown);
  window.addEventListener("popstate", back);
  const beating = setInterval(beat, BEAT_SECONDS * 1000);
  const looking = setInterval(look, LOOK_SECONDS * 1000);
  send({ type: "begin", query: isPage() ? query() : {}, kept: kept(), narrow: matchMedia("(max-width: 800px)").matches });

  return () => {
    clearInterval(beating);
    clearInterval(looking);
    document.removeEventListener("input", remember, true);
    document.removeEventListener("visibilitychange", shown);
    window.removeEventListener("popstate", back);
    model.off("msg:custom", heard);
    model.off("change:state", turned);
    host.remove();
  };
}

export default { render };
