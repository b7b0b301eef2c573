"use strict";
(() => {
  const graph = JSON.parse(document.getElementById("document").textContent);
  const picture = document.getElementById("picture");
  const svg = picture.querySelector("svg");
  const about = document.getElementById("about");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const nodes = graph.nodes.map((node, i) => ({ ...node, at: i, shape: document.getElementById(`n${i}`), below: [], above: [] }));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const edges = graph.edges.map((edge, i) => {
    const importer = byName.get(edge.importer);
    const imported = byName.get(edge.imported);
    importer.below.push(imported);
    imported.above.push(importer);
    return { importer, imported, shape: document.getElementById(`e${i}`) };
  });
  const MOST_CHAINS = 100;
  const MOST_STEPS = 20000;
  const STATES = ["chosen", "below", "above", "match", "faded"];
  let pinned = null;

  const reach = (start, way) => {
    const seen = new Set([start]);
    const pending = [start];
    while (pending.length) {
      for (const other of pending.pop()[way]) {
        if (!seen.has(other)) {
          seen.add(other);
          pending.push(other);
        }
      }
    }
    return seen;
  };

  const mark = (shape, ...states) => {
    shape.classList.remove(...STATES);
    shape.classList.add(...states);
  };

  const clear = () => [...nodes, ...edges].forEach((each) => mark(each.shape));

  const highlight = (node) => {
    const below = reach(node, "below");
    const above = reach(node, "above");
    for (const each of nodes) {
      mark(each.shape, each === node ? "chosen" : below.has(each) ? "below" : above.has(each) ? "above" : "faded");
    }
    for (const edge of edges) {
      mark(edge.shape, below.has(edge.importer) ? "below" : above.has(edge.imported) ? "above" : "faded");
    }
  };

  // Every simple chain from a beginning down to the node; a beginning is an entry point or imported by nobody.
  const chainsTo = (node) => {
    const chains = [];
    let steps = 0;
    const walk = (chain) => {
      if (chains.length >= MOST_CHAINS || ++steps > MOST_STEPS) return;
      const top = chain[0];
      if (top.entry_point || !top.above.length) chains.push(chain);
      for (const importer of top.above) {
        if (!chain.includes(importer)) walk([importer, ...chain]);
      }
    };
    walk([node]);
    return chains;
  };

  const element = (name, text, className) => {
    const made = document.createElement(name);
    // A line may break after a slash.
    (text || "").split(/(?<=\/)/).forEach((part, i) => made.append(...(i ? [document.createElement("wbr")] : []), part));
    if (className) made.className = className;
    return made;
  };

  const link = (node) => {
    const made = element("button", node.name, "link");
    made.addEventListener("click", () => choose(node, true));
    return made;
  };

  const list = (title, items) => {
    if (!items.length) return;
    const rows = element("ul");
    for (const item of items) {
      const row = element("li");
      row.append(item);
      rows.append(row);
    }
    about.append(element("h3", title), rows);
  };

  const listChains = (title, chains) => {
    about.append(element("h3", title));
    for (const chain of chains) {
      const rows = element("ol", "", "chain");
      for (const node of chain) {
        const row = element("li");
        row.append(link(node));
        rows.append(row);
      }
      about.append(rows);
    }
  };

  const describe = (node) => {
    about.replaceChildren(element("h2", node.name));
    const facts = [...node.repositories];
    if (node.entry_point) facts.push("entry point");
    if (node.well_known) facts.push("comes with the compiler");
    for (const [language, packages] of Object.entries(node.externals)) facts.push(`${language}: from ${packages.join(", ")}`);
    if (node.cycle !== null) facts.push("on a cycle: " + graph.cycles[node.cycle].join(", "));
    about.append(element("p", facts.join(" · ")));
    list("Services", node.services.map((name) => element("span", name)));
    if (node.files.length > 1) list(`Files: ${node.files.length}`, node.files.map((name) => element("span", name)));
    list(`Imports: ${node.below.length}`, node.below.map(link));
    list(`Imported by: ${node.above.length}`, node.above.map(link));
    const chains = chainsTo(node).filter((chain) => chain.length > 1);
    if (chains.length) listChains(chains.length < MOST_CHAINS ? `Why it is in: ${chains.length} chains` : `Why it is in: the first ${MOST_CHAINS} chains`, chains);
  };

  const welcome = () => {
    about.replaceChildren();
    if (graph.why) {
      about.append(element("h2", graph.why.path));
      const { chains, total, complete } = graph.why;
      const size = complete ? `${chains.length}` : `the first ${chains.length} of ${total ?? "even more"}`;
      listChains(`Why it is in: ${size} chains`, chains.map((chain) => chain.map((name) => byName.get(name))));
      return;
    }
    about.append(element("p", "Point at a box to see what it reaches and who reaches it; click to hold it. Escape lets go."));
    list("Services", nodes.filter((node) => node.services.length).map(link));
    list("Cycles", graph.cycles.map((cycle) => element("span", cycle.join(" ↔ "))));
  };

  const choose = (node, scroll) => {
    pinned = node;
    if (node) {
      highlight(node);
      describe(node);
      if (scroll) node.shape.scrollIntoView({ block: "center", inline: "center" });
      history.replaceState(null, "", "#" + encodeURIComponent(node.name));
    } else {
      clear();
      welcome();
      history.replaceState(null, "", "#");
    }
  };

  const look = () => {
    const wanted = search.value.trim().toLowerCase();
    found.textContent = "";
    if (!wanted) return choose(null);
    const texts = (node) => [node.name, ...node.files, ...node.services];
    const matches = nodes.filter((node) => texts(node).some((text) => text.toLowerCase().includes(wanted)));
    found.textContent = `${matches.length} found`;
    clear();
    for (const each of [...nodes, ...edges]) mark(each.shape, matches.includes(each) ? "match" : "faded");
    return matches;
  };

  for (const node of nodes) {
    node.shape.setAttribute("tabindex", "0");
    node.shape.setAttribute("role", "button");
    node.shape.setAttribute("aria-label", node.name);
    node.shape.addEventListener("mouseenter", () => pinned || search.value || highlight(node));
    node.shape.addEventListener("mouseleave", () => pinned || search.value || clear());
    node.shape.addEventListener("click", (event) => {
      event.stopPropagation();
      choose(pinned === node ? null : node);
    });
  }
  search.addEventListener("input", () => {
    pinned = null;
    look();
  });
  search.addEventListener("keydown", (event) => {
    const matches = event.key === "Enter" ? look() : null;
    if (matches && matches.length) choose(matches[0], true);
  });

  // Zoom: one unit of the picture is this many pixels.
  const { width, height } = svg.viewBox.baseVal;
  let scale = 1;
  const zoom = (wanted, x = picture.clientWidth / 2, y = picture.clientHeight / 2) => {
    const before = scale;
    scale = Math.min(4, Math.max(0.1, wanted));
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    picture.scrollLeft = ((picture.scrollLeft + x) * scale) / before - x;
    picture.scrollTop = ((picture.scrollTop + y) * scale) / before - y;
  };
  const fit = () => zoom(Math.min(1.3, (picture.clientWidth - 8) / width));
  document.getElementById("smaller").addEventListener("click", () => zoom(scale / 1.25));
  document.getElementById("larger").addEventListener("click", () => zoom(scale * 1.25));
  document.getElementById("fit").addEventListener("click", fit);
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = picture.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  let drag = null;
  let moved = false;
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { x: event.clientX + picture.scrollLeft, y: event.clientY + picture.scrollTop };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const left = drag.x - event.clientX;
    const top = drag.y - event.clientY;
    moved = moved || Math.hypot(left - picture.scrollLeft, top - picture.scrollTop) > 4;
    if (moved) {
      picture.classList.add("dragged");
      picture.scrollTo(left, top);
    }
  });
  window.addEventListener("pointerup", () => {
    drag = null;
    picture.classList.remove("dragged");
  });
  picture.addEventListener("click", () => moved || choose(null));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = found.textContent = "";
      choose(null);
    } else if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if ((event.key === "Enter" || event.key === " ") && event.target.classList.contains("node")) {
      event.preventDefault();
      choose(byName.get(event.target.getAttribute("aria-label")));
    } else if (event.key === "+") zoom(scale * 1.25);
    else if (event.key === "-") zoom(scale / 1.25);
    else if (event.key === "0") fit();
    else if (event.key === "/") {
      event.preventDefault();
      search.focus();
    }
  });

  zoom(Math.max(0.7, Math.min(1.3, (picture.clientWidth - 8) / width)), 0, 0);
  picture.scrollTo(0, 0);
  const asked = byName.get(decodeURIComponent(location.hash.slice(1)));
  if (asked) choose(asked, true);
  else welcome();
})();
