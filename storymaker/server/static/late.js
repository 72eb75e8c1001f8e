// An extension of Voila's front end, as it knows them, made by hand: it lets the modules of the grid be fetched when a grid
// is first shown, instead of with every page.
"use strict";
(() => {
  const REST_SECONDS = 2;
  const late = JSON.parse(document.getElementById("jupyter-config-data").textContent).lateExtensions ?? {};
  const containers = (window._JUPYTERLAB ??= {});
  let scope;
  let fetched;

  const script = (src) => new Promise((resolve, reject) => {
    const element = document.createElement("script");
    Object.assign(element, { src, async: true, onload: resolve, onerror: () => reject(new Error(`${src} did not come`)) });
    document.head.append(element);
  });
  const fetchAll = () => (fetched ??= (async () => {
    await Promise.all(Object.values(late).map(({ address }) => script(address)));
    for (const name of Object.keys(late)) await containers[name].init(scope);
    const found = {};
    for (const [name, { extension }] of Object.entries(late)) {
      const plugins = (await containers[name].get(extension))().default;
      for (const plugin of [plugins].flat()) {
        // Each would register its widgets with the page: it hands them to us.
        await plugin.activate(null, { registerWidget: (widgets) => { found[widgets.name] = widgets.exports; } }, null);
      }
    }
    return found;
  })().catch((error) => { fetched = undefined; throw error; })); // the network may be back when a grid is wanted
  const modules = async (name) => {
    const found = (await fetchAll())[name];
    return typeof found === "function" ? found() : found;
  };

  // Of a module that several brought along, everybody shares the newest.
  const shared = async (name) => {
    const [newest] = Object.keys(scope[name]).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    return (await scope[name][newest].get())();
  };
  // Ahead of time, once the page has come to rest, where there is room for a grid.
  const ahead = () => { if (matchMedia("(min-width: 800px)").matches) fetchAll().catch(() => {}); };

  const plugin = async () => ({
    id: "storymaker:late",
    autoStart: true,
    requires: [(await shared("@jupyter-widgets/base")).IJupyterWidgetRegistry],
    activate: (_, registry) => {
      for (const [name, { version }] of Object.entries(late)) registry.registerWidget({ name, version, exports: () => modules(name) });
      setTimeout(() => (window.requestIdleCallback ?? setTimeout)(ahead), REST_SECONDS * 1000);
    },
  });
  containers.storymaker = {
    init: (given) => { scope = given; },
    get: async () => {
      const made = await plugin();
      return () => ({ __esModule: true, default: made });
    },
  };
})();
