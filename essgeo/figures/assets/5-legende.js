// Everything written on the map: legend, jump buttons, the mark of simulated data, labels of places.
"use strict";
(() => {
  const Essgeo = window.Essgeo;
  const { element, number, radius } = Essgeo;

  function button(text, title, action) {
    const node = element("button", "", text);
    node.type = "button";
    node.title = title;
    node.setAttribute("aria-label", title);
    node.addEventListener("click", action);
    return node;
  }

  /** Button that goes back to the view of the selection, under the zoom buttons. */
  function homeButton(carte) {
    const control = new L.Control({ position: "topleft" });
    control.onAdd = () => {
      const box = element("div", "leaflet-bar essgeo-retour");
      box.append(button("⌂", "Revenir à la sélection", () => {
        if (carte.payload && carte.payload.bounds) carte.fit(carte.payload.bounds);
      }));
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    control.addTo(carte.map);
  }

  /** Bar over the map: one button a territory, and the mark that no picture goes without. */
  function topBar(carte) {
    const bar = element("div", "essgeo-haut");
    const jumps = element("div", "essgeo-sauts");
    jumps.setAttribute("role", "group");
    jumps.setAttribute("aria-label", "Aller à un territoire");
    for (const view of carte.config.views) {
      // What is read aloud begins with what is seen.
      const title = view.title.startsWith(view.short) ? view.title : `${view.short}, ${view.title}`;
      const node = button(view.short, title, () => carte.fit(view.bounds));
      jumps.append(node);
    }
    bar.append(jumps);
    if (carte.config.mark) bar.append(element("div", "essgeo-marque", carte.config.mark));
    L.DomEvent.disableClickPropagation(jumps);
    carte.map.getContainer().append(bar);
  }

  function row(sample, text) {
    const line = element("div", "essgeo-entree");
    line.append(sample, element("span", "", text));
    return line;
  }

  function swatch(className, colour) {
    const node = element("i", `essgeo-case ${className}`);
    if (colour) node.style.background = colour;
    return node;
  }

  function dot(className) {
    return element("i", `essgeo-point ${className}`);
  }

  class Legend {
    constructor(carte) {
      this.carte = carte;
      this.source = element("div", "essgeo-source");
      const line = new L.Control({ position: "bottomright" });
      line.onAdd = () => this.source;
      line.addTo(carte.map);
      this.box = element("details", "essgeo-legende");
      // On a phone, or on a small map, the map comes first: the legend waits behind its title.
      const size = carte.map.getSize();
      this.box.open = size.x >= 560 && size.y >= 480;
      const control = new L.Control({ position: "bottomleft" });
      control.onAdd = () => this.box;
      control.addTo(carte.map);
      L.DomEvent.disableClickPropagation(this.box);
      L.DomEvent.disableScrollPropagation(this.box);
    }

    draw() {
      const { payload } = this.carte;
      const { size, colour, states, source, note, places } = payload.legend;
      const zoom = this.carte.map.getZoom();
      const parts = [element("summary", "", "Légende")];
      if (zoom < Essgeo.POINTS_FROM) {
        parts.push(element("h2", "", size.label), this.circles(size, zoom));
        parts.push(element("p", "essgeo-discret", places.circle));
        const empty = payload.counts.some((count, i) => count === 0 && !Essgeo.STATES[payload.states[i]]);
        if (empty) parts.push(row(dot("essgeo-aucun"), "aucun"));
      }
      if (colour) parts.push(element("h2", "", colour.label), ...this.classes(colour));
      if (zoom >= Essgeo.POINTS_FROM) parts.push(...this.points(payload));
      const fills = Object.entries(states).filter(([state]) => payload.present.includes(state));
      for (const [state, text] of fills) parts.push(row(swatch(`essgeo-${state}`), text));
      if (note) parts.push(element("p", "", note));
      this.source.textContent = this.source.title = source;
      this.box.replaceChildren(...parts);
    }

    /** Nested circles, as drawn on the map at this zoom. */
    circles(size, zoom) {
      const space = "http://www.w3.org/2000/svg";
      const all = size.steps.map((step) => ({ step, r: radius(step, size.largest, zoom) }));
      // From near the circles are larger than a legend can be: the steps that fit are kept.
      const kept = all.filter(({ r }) => r <= 44).slice(-3);
      const widest = Math.max(...kept.map(({ r }) => r), 8);
      const height = Math.max(2 * widest, 16 * kept.length) + 8;
      const picture = document.createElementNS(space, "svg");
      const width = 2 * widest + 90;
      const attributes = { width, height, class: "essgeo-cercles", role: "img" };
      for (const [key, value] of Object.entries(attributes)) picture.setAttribute(key, value);
      picture.setAttribute("aria-label", kept.map(({ step }) => number(step)).join(", "));
      const add = (tag, values, text) => {
        const node = document.createElementNS(space, tag);
        for (const [key, value] of Object.entries(values)) node.setAttribute(key, value);
        if (text) node.textContent = text;
        picture.append(node);
      };
      const bottom = height - 3;
      kept.forEach(({ step, r }, position) => {
        const line = 12 + (kept.length - 1 - position) * ((height - 18) / Math.max(kept.length - 1, 1));
        const top = kept.length === 1 ? bottom - 2 * r : Math.min(bottom - 2 * r, bottom);
        add("circle", { cx: widest + 2, cy: bottom - r, r });
        add("path", { d: `M${widest + 2} ${top} L${2 * widest + 12} ${line} h8` });
        add("text", { x: 2 * widest + 24, y: line + 4 }, number(step));
      });
      return picture;
    }

    classes(colour) {
      const fills = this.carte.style.colours.classes[colour.labels.length];
      const rows = colour.labels.map((label, i) => row(swatch("", fills[i]), label));
      rows.reverse();
      const told = colour.label.includes(colour.unit[1]);
      return told ? rows : [...rows, element("p", "essgeo-discret", colour.unit[1])];
    }

    points(payload) {
      const band = number(payload.band);
      const out = [element("h2", "", payload.legend.points)];
      out.push(row(dot("essgeo-dedans"), payload.legend.places.any));
      if (payload.band > 0) out.push(row(dot("essgeo-proche"), `à moins de ${band} m ${payload.legend.places.near_any}`));
      out.push(row(dot("essgeo-hors"), "ailleurs"));
      out.push(row(element("i", "essgeo-point essgeo-pile", "12"), "plusieurs établissements"));
      if (!payload.legend.colour) out.push(row(swatch("essgeo-quartier"), payload.legend.places.outline));
      if (payload.band > 0) out.push(row(swatch("essgeo-bande"), `bande de ${band} m`));
      return out;
    }
  }

  /** Names of places, the most important first, as many as fit without touching each other. */
  class Labels {
    constructor(carte, contours) {
      this.carte = carte;
      this.group = L.layerGroup().addTo(carte.map);
      const place = (one) => ({ text: one.nom, lat: one.lat, lon: one.lon, weight: one.poids });
      this.regions = contours.regions.map(place);
      this.departements = contours.departements.map(place);
    }

    communes() {
      const { quartiers, payload } = this.carte;
      const best = new Map();
      quartiers.communes.forEach((all, i) => {
        if (payload.states[i] === "." || payload.states[i] === "b" || !all) return;
        // Of several communes the first: a label is for finding one's way.
        const text = all.split(",")[0];
        const weight = payload.counts[i];
        const known = best.get(text);
        if (!known || weight > known.top) {
          best.set(text, {
            text, lat: quartiers.lat[i], lon: quartiers.lon[i], top: weight,
            weight: weight + (known ? known.weight : 0),
          });
        } else known.weight += weight;
      });
      return [...best.values()];
    }

    quartiers() {
      const { quartiers, payload } = this.carte;
      return quartiers.names.map((text, i) => ({
        text, lat: quartiers.lat[i], lon: quartiers.lon[i], weight: payload.counts[i],
        hidden: [".", "o", "b"].includes(payload.states[i]),
      })).filter((one) => !one.hidden);
    }

    kinds(zoom) {
      if (zoom < 7.5) return [["region", this.regions]];
      if (zoom < 10) return [["departement", this.departements]];
      if (zoom < 12.5) return [["commune", this.communes()]];
      return [["quartier", this.quartiers()]];
    }

    /** Boxes in which nothing is written: controls, groups of points, and what a visitor gave. */
    obstacles() {
      const { map, points, payload } = this.carte;
      const frame = map.getContainer().getBoundingClientRect();
      const nodes = map.getContainer().querySelectorAll(".essgeo-sauts button, .essgeo-marque, .essgeo-legende");
      const boxes = [...nodes].map((node) => {
        const { left, top, right, bottom } = node.getBoundingClientRect();
        return [left - frame.left, top - frame.top, right - frame.left, bottom - frame.top];
      });
      for (const { where, side } of points.clusters) {
        const { x, y } = map.latLngToContainerPoint(where);
        boxes.push([x - side / 2, y - side / 2, x + side / 2, y + side / 2]);
      }
      const { lon, lat } = payload.inline || { lon: [], lat: [] };
      lon.slice(0, 200).forEach((east, i) => {
        const { x, y } = map.latLngToContainerPoint([lat[i], east]);
        boxes.push([x - 10, y - 10, x + 10, y + 10]);
      });
      return boxes;
    }

    draw() {
      const { map } = this.carte;
      this.group.clearLayers();
      const bounds = map.getBounds();
      const taken = this.obstacles();
      const free = (box) => taken.every((o) => o[0] >= box[2] || o[2] <= box[0] || o[1] >= box[3] || o[3] <= box[1]);
      let written = 0;
      const zoom = map.getZoom();
      for (const [kind, places] of this.kinds(zoom)) {
        const inside = places.filter(({ lat, lon }) => bounds.contains([lat, lon]));
        inside.sort((a, b) => b.weight - a.weight);
        for (const one of inside.slice(0, 150)) {
          if (written >= 40) break;
          const { x, y } = map.latLngToContainerPoint([one.lat, one.lon]);
          const half = 4 * one.text.length + 4;
          const at = (shift) => [x - half, y + shift - 10, x + half, y + shift + 10];
          // A name of a city may stand beside it; that of a region must stay in it.
          const shifts = zoom < 10 ? [0, -12, 12] : [0, -26, 26, -44, 44];
          const shift = shifts.find((step) => free(at(step)));
          if (shift === undefined) continue;
          taken.push(at(shift));
          written += 1;
          const icon = L.divIcon({
            className: `essgeo-nom-lieu essgeo-nom-${kind}`, html: element("span", "", one.text),
            iconSize: [0, 0], iconAnchor: [0, -shift],
          });
          this.group.addLayer(L.marker([one.lat, one.lon], { icon, interactive: false, keyboard: false, pane: "essgeo-noms" }));
        }
      }
    }
  }

  Object.assign(Essgeo, { Labels, Legend, homeButton, topBar });
})();
