// Photos of a plushie: chosen or taken, sent in parts, shown with their cut-outs, painted right with a brush, the face shown.
const PART = 512 * 1024;
const PHOTO_MAX = 15 * 1024 * 1024;
const RADIUS = 0.025;

function render({ model, el }) {
  const tiles = make("ul", { class: "sm-photos" });
  const desk = make("div", { class: "sm-desk" });
  const send = (message, buffers) => model.send(message, undefined, buffers);

  // Choosing and sending

  const sendFile = async (file) => {
    const id = freshId();
    if (file.size > PHOTO_MAX || file.size === 0) {
      send({ type: "refused", name: file.name, size: file.size });
      return;
    }
    const parts = Math.ceil(file.size / PART);
    try {
      for (let index = 0; index < parts; index++) {
        const bytes = await file.slice(index * PART, (index + 1) * PART).arrayBuffer();
        send({ type: "part", id, name: file.name, index, parts }, [bytes]);
      }
    } catch {
      send({ type: "unread", name: file.name });
    }
  };
  const chooser = (label, properties) => {
    const input = make("input", { type: "file", accept: "image/*,.heic,.heif,.tif,.tiff,.bmp,.jp2,.j2k", class: "sm-file",
      onchange: async () => { const files = [...input.files]; input.value = ""; for (const file of files) await sendFile(file); },
      ...properties });
    return make("label", { class: "sm-button" }, label, input);
  };
  const choose = make("div", { class: "sm-row" },
    chooser("Choose photos", { multiple: true }),
    matchMedia("(pointer: coarse)").matches ? chooser("Take a photo", { capture: "environment" }) : null);
  const drop = make("div", { class: "sm-drop" }, choose,
    make("p", { class: "sm-quiet" }, "Two or three photos make two or three poses. Sharp, bright, the whole toy, its face to the camera. You can drop them here too."));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("sm-over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("sm-over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("sm-over");
    for (const file of [...event.dataTransfer.files]) await sendFile(file);
  });
  el.append(drop, tiles, desk);

  // What there is

  const tile = ({ photo, cutout, state, name, sentence }, n) => {
    const words = sentence ? make("p", { class: state === "failed" ? "sm-fault" : "sm-quiet", role: state === "failed" ? "alert" : null }, sentence) : null;
    if (state === "cutting")
      return make("li", { class: "sm-photo sm-cutting" }, make("div", { class: "sm-waiting" }), make("p", { role: "status" }, `Cutting out ${name} …`));
    if (state === "failed")
      return make("li", { class: "sm-photo" }, make("p", { class: "sm-photo-name" }, name), words, button("Close", () => send({ type: "dismiss", photo: name }), { class: "sm-plain", "aria-label": `Close: ${name}` }));
    return make("li", { class: "sm-photo", "data-photo": photo },
      picture(cutout, `Pose ${n}, cut out`, { class: "sm-cutout" }), words,
      make("div", { class: "sm-row" },
        photo ? button("Face", () => send({ type: "seek", photo }), { class: "sm-plain", "aria-label": `Say where the face of pose ${n} is` }) : null,
        photo ? button("Mend", () => send({ type: "mend", photo }), { class: "sm-plain", "aria-label": `Mend the cut-out of pose ${n}` }) : null,
        button("Remove", () => send({ type: "remove", photo: photo || name }), { class: "sm-plain", "aria-label": `Remove pose ${n}` })));
  };

  // The brush

  const openDesk = ({ photo, image, cutout }) => {
    const strokes = [];
    let kind = "remove";
    let current = null;
    let spot = [0.5, 0.5];
    const canvas = make("canvas", { class: "sm-canvas", tabindex: 0, role: "application",
      "aria-label": "Photo to paint on. Arrow keys move the brush, space paints, K keeps, R removes." });
    const context = canvas.getContext("2d");
    const whole = new Image();
    const radius = () => RADIUS * Math.max(canvas.width, canvas.height);
    const paint = () => {
      if (!whole.naturalWidth) return;
      canvas.width = whole.naturalWidth;
      canvas.height = whole.naturalHeight;
      context.drawImage(whole, 0, 0);
      context.lineCap = context.lineJoin = "round";
      for (const { kind: which, points } of current ? [...strokes, current] : strokes) {
        context.strokeStyle = which === "keep" ? "rgb(31 140 80 / 60%)" : "rgb(190 40 30 / 60%)";
        context.lineWidth = 2 * radius();
        context.beginPath();
        points.forEach(([x, y], n) => context[n ? "lineTo" : "moveTo"](x * canvas.width, y * canvas.height));
        if (points.length === 1) context.lineTo(points[0][0] * canvas.width + 0.1, points[0][1] * canvas.height);
        context.stroke();
      }
      if (document.activeElement === canvas) {
        context.strokeStyle = "#3a2f2a";
        context.lineWidth = 3;
        context.beginPath();
        context.arc(spot[0] * canvas.width, spot[1] * canvas.height, radius(), 0, 7);
        context.stroke();
      }
    };
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const within = (value) => Math.min(1, Math.max(0, value));
      return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      current = { kind, points: [at(event)] };
      paint();
    });
    canvas.addEventListener("pointermove", (event) => { if (current) { current.points.push(at(event)); paint(); } });
    const end = () => { if (current) strokes.push(current); current = null; paint(); };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("focus", paint);
    canvas.addEventListener("blur", paint);
    const modes = {};
    const use = (which) => {
      kind = which;
      for (const [name, mode] of Object.entries(modes)) mode.setAttribute("aria-pressed", String(name === which));
    };
    modes.remove = button("Remove this", () => use("remove"), { class: "sm-mode sm-removing" });
    modes.keep = button("Keep this", () => use("keep"), { class: "sm-mode sm-keeping" });
    use(kind);
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step) spot = spot.map((value, axis) => Math.min(1, Math.max(0, value + step[axis] * RADIUS)));
      else if (event.key === " ") strokes.push({ kind, points: [spot] });
      else if (event.key === "k") use("keep");
      else if (event.key === "r") use("remove");
      else return;
      event.preventDefault();
      paint();
    });
    const lines = (which) => strokes.filter((stroke) => stroke.kind === which).map((stroke) => stroke.points);
    const close = () => { desk.replaceChildren(); tiles.querySelector(`[data-photo="${CSS.escape(photo)}"] button`)?.focus(); };
    desk.replaceChildren(make("div", { class: "sm-mending" },
      make("h3", {}, "Mend the cut-out"),
      make("p", {}, "Paint over what should go, or over what is missing. A rough line is enough."),
      make("div", { class: "sm-row" }, modes.remove, modes.keep,
        button("Take back", () => { strokes.pop(); paint(); }, { class: "sm-plain" })),
      make("div", { class: "sm-easel" }, canvas,
        make("figure", {}, picture(cutout, "The cut-out as it is", { class: "sm-cutout" }), make("figcaption", { class: "sm-quiet" }, "As it is cut out now"))),
      make("div", { class: "sm-row" },
        button("Cut out again", () => {
          if (!strokes.length) return close();
          send({ type: "strokes", photo, keep: lines("keep"), remove: lines("remove"), radius: RADIUS });
          close();
        }, { class: "sm-button" }),
        button("Close", close, { class: "sm-plain" }))));
    whole.addEventListener("load", paint);
    whole.src = safeAddress(image);
    canvas.focus();
  };

  // The face

  const openFace = ({ photo, cutout, at }) => {
    let [x, y] = at;
    const dot = make("span", { class: "sm-face-dot" });
    const place = () => { dot.style.left = `${x * 100}%`; dot.style.top = `${y * 100}%`; };
    const within = (value) => Math.min(1, Math.max(0, value));
    const shown = make("div", { class: "sm-face", tabindex: 0, role: "application",
      "aria-label": "The cut-out. Arrow keys move the dot to the middle of the face." },
      picture(cutout, "The cut-out", { class: "sm-cutout" }), dot);
    shown.addEventListener("pointerdown", (event) => {
      const box = shown.getBoundingClientRect();
      [x, y] = [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
      place();
    });
    shown.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      [x, y] = [within(x + step[0] * RADIUS), within(y + step[1] * RADIUS)];
      place();
    });
    const close = () => { desk.replaceChildren(); tiles.querySelector(`[data-photo="${CSS.escape(photo)}"] button`)?.focus(); };
    desk.replaceChildren(make("div", { class: "sm-mending" },
      make("h3", {}, "Where is the face?"),
      make("p", {}, "Tap the middle of the face. Nothing in the pictures will come before it."),
      shown,
      make("div", { class: "sm-row" },
        button("That is the face", () => { send({ type: "face", photo, at: [x, y] }); close(); }, { class: "sm-button" }),
        button("Close", close, { class: "sm-plain" }))));
    place();
    shown.focus();
  };

  const heard = (message) => {
    if (message.type === "photos") tiles.replaceChildren(...message.tiles.map((one, index) => tile(one, index + 1)));
    else if (message.type === "desk") openDesk(message);
    else if (message.type === "face") openFace(message);
  };
  model.on("msg:custom", heard);
  model.send({ type: "mounted" });
  return () => model.off("msg:custom", heard);
}

export default { render };
