// The gate on a phone: preliminary verdicts on the list of the day, decisions kept until there is network, each sent once.
// Without this script the page works as any other while there is network.
(function () {
  "use strict";
  const root = document.querySelector("[data-gate]");
  if (!root || !window.indexedDB || !window.fetch || !window.Promise) return;
  const say = root.dataset;
  const person = Number(say.person);
  const desk = root.querySelector("[data-gate-desk]");
  const form = root.querySelector("[data-gate-form]");
  const lines = root.querySelector("[data-gate-lines]");
  const queue = root.querySelector("[data-gate-queue]");
  const state = root.querySelector("[data-gate-state]");
  let token = "";
  let known = null;
  let sending = false;

  // --- what is kept on the phone -------------------------------------------------------------------------------------
  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("tiantou-gate", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("lines", { keyPath: "key" });
      asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  function store(name, mode, act) {
    return opened.then(
      (db) =>
        new Promise((resolve, reject) => {
          const work = db.transaction(name, mode);
          const asked = act(work.objectStore(name));
          work.oncomplete = () => resolve(asked && asked.result);
          work.onerror = () => reject(work.error);
        })
    );
  }
  const keep = (line) => store("lines", "readwrite", (s) => s.put(line));
  const drop = (key) => store("lines", "readwrite", (s) => s.delete(key));
  const kept = () =>
    store("lines", "readonly", (s) => s.getAll()).then((all) =>
      all.filter((line) => line.person === person).sort((a, b) => (a.decided_at < b.decided_at ? 1 : -1))
    );

  // --- the list of the day ---------------------------------------------------------------------------------------------
  async function refresh() {
    try {
      const answer = await fetch(say.list, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      known = await answer.json();
      token = known.csrf;
      await store("facts", "readwrite", (s) => s.put(known, "list"));
      return true;
    } catch (fault) {
      known = known || (await store("facts", "readonly", (s) => s.get("list")));
      return false;
    }
  }
  function number(text) {
    const last = text.trim().replace(/\/+$/, "").split("/").pop().toUpperCase().replace(/^HG/, "");
    return /^\d{14}$/.test(last) ? "HG" + last : "";
  }
  // What the list says: a verdict for now, the platform's own comes with the network.
  function verdict(code) {
    if (!known) return ["none", say.unlisted];
    const paper = number(code);
    const lot = paper ? known.standing[paper] : decodeURIComponent((code.match(/\/10\/([^/?#]+)/) || [, code])[1]);
    if (lot && known.held.includes(lot)) return ["stop", say.held];
    if (paper && known.revoked.includes(paper)) return ["stop", say.revoked];
    if (paper && known.replaced.includes(paper)) return ["wait", say.replaced];
    if (paper && known.standing[paper]) return ["ok", say.valid];
    if (!paper && Object.values(known.standing).includes(lot)) return ["ok", say.valid];
    return ["none", say.unlisted];
  }

  // --- deciding --------------------------------------------------------------------------------------------------------
  function fresh() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }
  function element(name, words, cls) {
    const made = document.createElement(name);
    if (words) made.textContent = words;
    if (cls) made.className = cls;
    return made;
  }
  function show(codes) {
    lines.replaceChildren();
    codes.forEach((code) => {
      const [kind, words] = verdict(code);
      const item = element("li");
      item.append(element("strong", code), element("span", words, "gate-" + kind));
      [
        ["accept", say.accept],
        ["refuse", say.refuse],
        ["quarantine", say.quarantine],
      ].forEach(([decision, label]) => {
        const button = element("button", label, "button " + (decision === "accept" ? "primary" : "secondary"));
        button.type = "button";
        button.addEventListener("click", () => decide(code, decision, kind, item));
        item.append(button);
      });
      lines.append(item);
    });
  }
  async function decide(code, decision, kind, item) {
    const field = (name) => (desk.querySelector("[name=" + name + "]") || { value: "" }).value.trim();
    if (decision !== "accept" && !field("reason")) {
      desk.querySelector("[name=reason]").focus();
      tell(say.needreason);
      return;
    }
    await keep({
      key: fresh(), person, code, decision, reason: decision === "accept" ? "" : field("reason"), truck: field("truck"),
      vendor_name: field("vendor_name"), vendor_phone: field("vendor_phone"), goods: field("goods"), mass_kg: "",
      prelim: kind, decided_at: new Date().toISOString(), state: "waiting", words: "", number: "",
    });
    item.remove();
    await draw();
    send();
  }

  // --- sending: what the answer does not name stays, and is sent again under the same key ------------------------------------
  async function send() {
    if (sending) return;
    sending = true;
    try {
      const waiting = (await kept()).filter((line) => line.state === "waiting").reverse();
      if (!waiting.length || navigator.onLine === false) return;
      if (!(await refresh())) return;
      const answer = await fetch(say.sync, {
        method: "POST",
        credentials: "same-origin",
        redirect: "error",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ person, lines: waiting.slice(0, 100).map(plain) }),
      });
      const said = await answer.json();
      if (!answer.ok) {
        tell(said.words || say.failed);
        return;
      }
      const results = new Map(said.results.map((result) => [result.key, result]));
      for (const line of waiting) {
        const result = results.get(line.key);
        if (!result) continue;
        await keep({ ...line, state: result.state, words: result.words, number: result.number || "" });
      }
    } catch (fault) {
      tell(say.failed);
    } finally {
      sending = false;
      await draw();
    }
  }
  function plain(line) {
    const { key, code, decision, reason, truck, vendor_name, vendor_phone, goods, mass_kg, decided_at } = line;
    return { key, code, decision, reason, truck, vendor_name, vendor_phone, goods, mass_kg, decided_at };
  }

  // --- showing ---------------------------------------------------------------------------------------------------------
  function tell(words) {
    state.textContent = words;
  }
  async function draw() {
    const all = await kept();
    const waiting = all.filter((line) => line.state === "waiting").length;
    queue.replaceChildren(
      ...all.map((line) => {
        const item = element("li");
        item.dataset.state = line.state;
        item.append(element("strong", line.code), element("span", say[line.decision]));
        item.append(element("span", line.state === "waiting" ? say.waiting : line.number ? say.synced + " " + line.number : ""));
        if (line.words) item.append(element("span", line.words, "gate-stop"));
        if (line.state !== "waiting") {
          const done = element("button", say.clear, "button quiet");
          done.type = "button";
          done.addEventListener("click", () => drop(line.key).then(draw));
          item.append(done);
        }
        return item;
      })
    );
    root.querySelector("[data-gate-kept]").hidden = !all.length;
    root.querySelector("[data-gate-waiting]").textContent = String(waiting);
    if (known) root.querySelector("[data-gate-listed]").textContent = new Date(known.at).toLocaleString();
  }
  function mode() {
    const away = navigator.onLine === false;
    desk.hidden = !away && !desk.dataset.open;
    form.hidden = away;
    tell(away ? say.away : "");
  }

  // --- at work -----------------------------------------------------------------------------------------------------------
  desk.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const typed = desk.querySelector("[name=codes]");
    const codes = [...new Set(typed.value.split(/[\s,;，；、]+/).filter(Boolean))].slice(0, 200);
    typed.value = "";
    show(codes);
  });
  root.querySelector("[data-gate-send]").addEventListener("click", send);
  root.querySelector("[data-gate-open]").addEventListener("click", () => {
    desk.dataset.open = desk.dataset.open ? "" : "yes";
    mode();
  });
  root.querySelector("[data-gate-open]").hidden = false;
  window.addEventListener("online", () => {
    mode();
    send();
  });
  window.addEventListener("offline", mode);

  async function begin() {
    mode();
    try {
      await takeAlong();
    } catch (fault) {
      // Without a service worker (an old browser, no TLS) the page works while there is network.
    }
    await refresh();
    await draw();
    root.dataset.ready = "yes";
    send();
  }
  async function takeAlong() {
    if (navigator.serviceWorker) {
      await navigator.serviceWorker.register(say.worker, { scope: say.scope });
      if (navigator.onLine !== false && window.caches) {
        const cache = await caches.open("tiantou-gate-1");
        const parts = [...document.querySelectorAll("link[rel~=stylesheet], link[rel~=icon], script[src]")].map((e) => e.href || e.src);
        // A page with codes of a lorry in it is not the page to begin with.
        if (!document.querySelector("[data-gate-decide]")) parts.push(say.scope);
        await Promise.all(parts.map((part) => cache.add(part).catch(() => undefined)));
      }
    }
  }
  begin();
})();
