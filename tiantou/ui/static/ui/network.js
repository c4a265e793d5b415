// Shows the state of the network. Pages work without it.
(function () {
  "use strict";
  var bar = document.querySelector("[data-network]");
  if (!bar) return;
  var timer = 0;
  function show(words) {
    bar.textContent = words || "";
    bar.hidden = !words;
  }
  function state() {
    window.clearTimeout(timer);
    show(navigator.onLine === false ? bar.dataset.offline : "");
  }
  window.addEventListener("offline", state);
  window.addEventListener("online", state);
  window.addEventListener("pageshow", state);
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented) return;
    if (navigator.onLine === false) {
      // Sending now would lose the page and what was typed.
      event.preventDefault();
      show(bar.dataset.offline);
      return;
    }
    timer = window.setTimeout(function () {
      show(bar.dataset.sending);
      timer = window.setTimeout(function () {
        show(bar.dataset.slow);
      }, 6000);
    }, 600);
  });
  state();
})();
