// Everything of the page is there; Voila's front end does the rest.
"use strict";
window.voila_finish();
