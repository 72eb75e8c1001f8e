// JupyterLab's typesetter asks for MathJax as soon as a page shows any HTML. Our pages have no formulas: here is what it calls.
"use strict";
window.MathJax = { Hub: { Config() {}, Configured() {}, Queue() {}, Register: { StartupHook() {} } } };
