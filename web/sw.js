// Keeps the page in this browser, so that it opens without its server. The large parts
// are kept by worker.js, in a cache of their own, while it loads them: a new version of
// the page fetches only those that have changed, since their names hold their checksum.

const HOME = `digits ${self.registration.scope}`; // other pages of the host have caches too
const VERSION = `${HOME} VERSION_OF_PAGE`;
const KEPT = `${HOME} parts`; // as in worker.js
const FILES = [/* FILES */];
const PARTS = [/* PARTS */];

self.addEventListener("install", (event) => {
  // Past the browser's own cache, which may still hold the files of the version before.
  const fresh = FILES.map((name) => new Request(name, { cache: "reload" }));
  const keep = async () => (await caches.open(VERSION)).addAll(fresh);
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(removeOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const answer = async () => {
    const cache = await caches.open(VERSION);
    return (await cache.match(event.request, { ignoreSearch: true })) ?? fetch(event.request);
  };
  event.respondWith(answer());
});

async function removeOld() {
  const names = (await caches.keys()).filter((name) => name.startsWith(`${HOME} `));
  const old = names.filter((name) => ![VERSION, KEPT].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  const parts = await caches.open(KEPT);
  const listed = PARTS.map((path) => new URL(path, self.registration.scope).href);
  for (const request of await parts.keys()) {
    if (!listed.includes(request.url)) await parts.delete(request);
  }
}
