// What Voila's front end looks for while a page comes up, and how a page says goodbye. No inline scripts: our pages forbid them.
"use strict";

window.voila_heartbeat = () => {};
window.voila_process = () => {};

window.voila_finish = () => {
  if (!window.themeLoaded) {
    window.cellLoaded = true; // voila.js calls again when it has its theme
    return;
  }
  document.getElementById("loading")?.remove();
  const cells = document.getElementById("rendered_cells");
  if (cells) {
    cells.hidden = false;
  }
};

// The proof that a request comes from one of our pages; it is in a cookie that other sites cannot read.
const proof = () => document.cookie.match(/\b_xsrf=([^;]*)/)?.[1] ?? "";

document.addEventListener("DOMContentLoaded", () => {
  const signOut = document.getElementById("sign-out");
  if (signOut) {
    signOut.hidden = false;
    signOut.addEventListener("submit", () => {
      signOut.elements._xsrf.value = proof();
      sessionStorage.clear(); // what was typed and not sent is nobody else's
    });
  }
});

// Phones close pages without the event at which Voila says goodbye.
let said = false;
window.addEventListener("beforeunload", () => {
  said = true;
});
window.addEventListener("pagehide", () => {
  const config = document.getElementById("jupyter-config-data");
  if (said || !config) {
    return;
  }
  const { baseUrl, kernelId } = JSON.parse(config.textContent);
  const goodbye = new FormData();
  goodbye.append("_xsrf", proof());
  navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, goodbye);
});

// A page that the browser kept aside has no kernel any more.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});
