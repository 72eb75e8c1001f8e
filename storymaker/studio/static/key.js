// A masked field for an OpenAI key. It goes straight to the studio's server, with the cookie that proves the page: no kernel hears it.
function render({ model, el }) {
  const id = freshId();
  const entry = make("input", { id, type: "password", autocomplete: "off", spellcheck: "false", maxlength: 400, "aria-describedby": `${id}-said` });
  const said = make("p", { class: "sm-fault", role: "alert", id: `${id}-said`, hidden: true });
  const about = make("p", { class: "sm-quiet" });
  const keep = button("Keep the key", () => send("PUT", { key: entry.value }), { class: "sm-plain" });
  const forget = button("Forget the key", () => send("DELETE"), { class: "sm-plain" });
  const field = make("div", { class: "sm-field" }, make("label", { for: id }, "OpenAI key"), entry, make("div", { class: "sm-row" }, keep));
  const box = make("details", { class: "sm-more", hidden: true }, make("summary", {}, "Have OpenAI write or paint"), about, field, said, forget);
  el.append(box);
  const ABOUT = {
    none: "OpenAI can write the story and paint the pictures, for about $1 to $3 a book; what it costs is said before you click. It is paid from an account at platform.openai.com, which is another than that of ChatGPT; a key is a long password that you make there. Your words and the toy cut out of its photo go to OpenAI, your child’s name does not. We have tried this with stand-ins, not yet with OpenAI itself. The key stays in this computer’s keyring, and is shown nowhere.",
    keyring: "A key is kept in this computer’s keyring. OpenAI can be chosen above.",
    environment: "A key comes from this computer’s settings (OPENAI_API_KEY). OpenAI can be chosen above.",
  };
  let address = "";

  const complain = (sentence) => { said.textContent = sentence; said.hidden = !sentence; entry.toggleAttribute("aria-invalid", Boolean(sentence)); };
  const show = (state) => {
    box.hidden = !(state in ABOUT);
    about.textContent = ABOUT[state] ?? "";
    field.hidden = state !== "none";
    forget.hidden = state !== "keyring";
  };
  const xsrf = () => document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "";
  async function send(method, body) {
    keep.disabled = forget.disabled = true;
    complain("");
    try {
      const answer = await fetch(address, { method, body: body && JSON.stringify(body), redirect: "error", cache: "no-store",
        headers: { "X-XSRFToken": decodeURIComponent(xsrf()), ...(body ? { "Content-Type": "application/json" } : {}) } });
      const told = await answer.json();
      if (!answer.ok) { complain(told.detail); return; }
      entry.value = "";
      show(told.key);
      model.send({ type: "changed" });
    } catch {
      complain("The studio does not answer just now. Please try again in a moment.");
    } finally {
      keep.disabled = forget.disabled = false;
    }
  }
  entry.addEventListener("keydown", (event) => { if (event.key === "Enter") keep.click(); });
  const heard = (message) => { if (message.type === "state") { address = safeAddress(message.address); show(message.state); } };
  model.on("msg:custom", heard);
  model.send({ type: "mounted" });
  return () => model.off("msg:custom", heard);
}

export default { render };
