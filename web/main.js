// The page's scripts: it loads, reads what is drawn and chosen, and keeps itself.

import { setUpDrawing } from "./draw.js";
import { setUpDrawings } from "./drawings.js";
import { setUpHand } from "./hand.js";
import { setUpInside } from "./inside.js";
import { ready, start } from "./reader.js";
import { setUpUpload } from "./upload.js";

const MEGABYTE = 1e6;

/** The drawing pad of the page. */
export const pad = setUpDrawing(document.querySelector("#draw"));

setUpUpload(document.querySelector("#upload"), document.querySelector("#results"));
setUpDrawings(document.querySelector("#drawings"), pad);
setUpHand(document.querySelector("#hand"), pad);
setUpInside(document.querySelector("#inside"), pad);
showLoading(document.querySelector("#loading"));
keepForOffline();

function showLoading(section) {
  const bar = section.querySelector("progress");
  const text = section.querySelector("p");
  start((loaded, all) => {
    if (!bar.isConnected) return; // it has failed; the rest still arrives
    Object.assign(bar, { value: loaded, max: all });
    const [here, whole] = [loaded, all].map((size) => (size / MEGABYTE).toFixed(1));
    text.textContent =
      loaded < all ? `Loading: ${here} of ${whole} MB. Draw already; it is read as soon as all is here.` : "Starting …";
  });
  ready.then(
    () => {
      section.remove();
      document.querySelector("#ready").textContent = "Ready."; // for screen readers
    },
    (error) => {
      bar.remove();
      text.textContent = error.message;
      text.className = "problem";
      text.setAttribute("role", "alert");
    },
  );
}

/** Have the page open without its server next time, where the browser can do that. */
function keepForOffline() {
  if (location.protocol === "file:" || !navigator.serviceWorker) return;
  const { serviceWorker } = navigator;
  const newer = document.querySelector("#newer");
  newer.querySelector("button").addEventListener("click", () => location.reload());
  if (serviceWorker.controller) {
    // What is here now was kept at an earlier visit; the new version waits for the next.
    serviceWorker.addEventListener("controllerchange", () => (newer.hidden = false));
  }
  serviceWorker.register("sw.js").catch(console.warn);
}
