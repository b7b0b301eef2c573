"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  // The folder's address is where this page was read, less what leads here from the folder.
  const here = new URL(document.documentElement.dataset.root, location.href);
  if (here.protocol === "http:" || here.protocol === "https:") {
    // Nothing in an address may end a quoted word of a command.
    const address = (here.origin + here.pathname).replace(/\/$/, "")
      .replace(/[^\w\-.~:/%@+,[\]]/g, (each) => "%" + each.charCodeAt(0).toString(16).toUpperCase());
    for (const each of all("var")) each.textContent = address;
  }

  const say = (text) => { byId("said").textContent = text; };

  const copied = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      // Browsers keep the clipboard from pages without TLS; a selection can be copied all the same.
      const selection = getSelection();
      selection.selectAllChildren(code);
      const done = document.execCommand("copy");
      if (done) selection.removeAllRanges();
      return done;
    }
    return true;
  };

  const addButtons = (within) => {
    for (const block of all(".block, .release dd", within)) {
      if (block.querySelector("button")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy: " + block.querySelector("code").textContent.split("\n")[0]);
      button.addEventListener("click", async () => {
        const done = await copied(block.querySelector("code"));
        button.textContent = done ? "Copied" : "Selected";
        say(done ? "Copied" : "Selected; copy it by the keyboard");
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      block.append(button);
    }
  };
  // A list of a thousand releases gets its buttons as it is opened.
  for (const each of all("details")) {
    if (each.open) addButtons(each);
    each.addEventListener("toggle", () => each.open && addButtons(each));
  }
  for (const each of all("section:not(.project)")) addButtons(each);

  const form = byId("search");
  if (!form) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  const query = byId("query");
  const releases = all(".release");
  const projects = all(".project");
  let texts;
  const search = () => {
    texts ??= releases.map((each) => {
      const project = each.closest(".project").querySelector("h2").textContent;
      // Every row has the address in it, and the number of another release.
      const own = each.cloneNode(true);
      for (const other of all("var, button, .delta, .inside > p", own)) other.remove();
      return [project, own.textContent, each.dataset.names].join(" ").toLowerCase();
    });
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    releases.forEach((each, number) => {
      each.hidden = !words.every((word) => texts[number].includes(word));
      shown += each.hidden ? 0 : 1;
    });
    for (const each of projects) each.hidden = !each.querySelector(".release:not([hidden])");
    const total = releases.length + (releases.length === 1 ? " release" : " releases");
    byId("count").textContent = words.length ? `${shown} of ${total}` : total;
    byId("none").hidden = shown > 0;
  };
  query.addEventListener("input", search);
  byId("all").addEventListener("click", () => {
    query.value = "";
    search();
    query.focus();
  });
  // What a browser kept in the field from an earlier visit.
  if (query.value) search();
})();
