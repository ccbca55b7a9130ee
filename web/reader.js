// The worker that reads: starts it, tells how far it is, and asks it.

const CANNOT = {
  memory:
    "This device has too little free memory, as the page needs about 1 GB: close other pages and programs, then load it again.",
  fault: "The page has failed: load it again. If it fails again, please report it.",
  network: "The page could not be loaded whole: check the connection, then load it again.",
  file: "This browser cannot run the page from a file: open it in Firefox, Chrome or Edge.", // as WebKit
};
const NEEDED = "Use a newer one, such as Firefox 114, Chrome 91 or Safari 16.4."; // the first that also import in workers
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
];

const waiting = new Map(); // id -> what settles the promise of an answer
let next = 0;
let worker = null;
let settle = null;

/** A promise that the worker can read; rejected with a sentence for the visitor. */
export const ready = new Promise((resolve, reject) => (settle = { resolve, reject }));

/** Start the worker; `progress` is called with the bytes that are here, and all. */
export function start(progress) {
  const lacking = findLacking();
  if (lacking) return settle.reject(new Error(`This browser is too old for this page: it lacks ${lacking}. ${NEEDED}`));
  worker = new Worker(workerAddress());
  worker.onerror = () => settle.reject(new Error(CANNOT.network));
  worker.onmessage = ({ data }) => {
    if (data.all) progress(data.loaded, data.all);
    else if (data.isReady) settle.resolve();
    else if (data.id === undefined) settle.reject(new Error(explain(data.failure)));
    else answer(data);
  };
  const parts = JSON.parse(document.getElementById("parts").textContent);
  worker.postMessage({ parts: withBytes(parts) });
}

/** Name what the page needs and this browser has not; "" if it has all. */
function findLacking() {
  if (!self.WebAssembly?.validate) return "WebAssembly";
  if (!WebAssembly.validate(new Uint8Array(SIMD))) return "SIMD in WebAssembly";
  return self.DecompressionStream ? "" : "DecompressionStream";
}

/** Have a function of python/page.py called in the worker. */
export async function ask(name, ...values) {
  await ready;
  return new Promise((resolve, reject) => {
    waiting.set(next, { resolve, reject });
    worker.postMessage({ id: next++, name, values });
  });
}

function answer({ id, result, failure }) {
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (failure === undefined) resolve(JSON.parse(result));
  else reject(new Error(explain(failure)));
}

function explain(failure) {
  console.error(failure);
  if (/out of memory|MemoryError|enlarge memory|bad_alloc|allocat/i.test(failure)) return CANNOT.memory;
  if (!/fetch|load failed|missing on/i.test(failure)) return CANNOT.fault;
  return location.protocol === "file:" ? CANNOT.file : CANNOT.network;
}

/** The worker's own file, or that within the page that is a single file. */
function workerAddress() {
  const inside = document.getElementById("worker");
  if (!inside) return "worker.js";
  return URL.createObjectURL(new Blob([decode(inside.textContent)], { type: "text/javascript" }));
}

function withBytes(parts) {
  for (const [name, part] of Object.entries(parts)) {
    const inside = document.getElementById(`part-${name}`);
    if (!inside) continue;
    part.bytes = decode(inside.textContent);
    inside.remove(); // its memory is needed
  }
  return parts;
}

function decode(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
