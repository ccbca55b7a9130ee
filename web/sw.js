// Keeps the page in this browser, so that it opens without its server. The large parts
// are kept by worker.js, in the same cache, while it loads them.

const VERSION = "VERSION_OF_PAGE";
const FILES = [/* FILES */];

self.addEventListener("install", (event) => {
  const keep = async () => (await caches.open(VERSION)).addAll(FILES);
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const removeOld = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("digits-"));
    await Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
  };
  event.waitUntil(removeOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const answer = async () => (await caches.match(event.request, { ignoreSearch: true })) ?? fetch(event.request);
  event.respondWith(answer());
});
