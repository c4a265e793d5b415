// The gate without network: the page and what it is made of are answered from the cache when the network does not answer.
"use strict";
const CACHE = "tiantou-gate-1";
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" ? url.pathname === "/gate/" : url.pathname.startsWith("/static/")) {
    event.respondWith(answer(request));
  }
});

// A network that hangs is worse than none: after some seconds the kept page is shown.
async function answer(request) {
  const kept = await caches.match(request, { ignoreSearch: true, ignoreVary: true });
  const asked = fetch(request).then(async (response) => {
    if (response.ok && !response.redirected) {
      const cache = await caches.open(CACHE);
      await cache.put(request, response.clone());
    }
    return response;
  });
  if (!kept) return asked;
  const patience = new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE));
  return Promise.race([asked.catch(() => kept.clone()), patience]);
}
