// Neighbourhoods: proportional circles from afar, outlines from near, and the background they lie on.
"use strict";
(() => {
  const Essgeo = window.Essgeo;
  const { STATES, element, number, quantity, rings, undelta } = Essgeo;

  /** Zoom from which outlines are drawn, and from which establishments replace the circles. */
  const OUTLINES_FROM = 11;
  const POINTS_FROM = 12;
  /** Radius in pixels of the largest circle at the zoom where France fills a screen. */
  const LARGEST = 24;
  const SMALLEST = 1.8;

  /** One tooltip for the whole map; its content is made of text nodes only. */
  class Hover {
    constructor(map) {
      this.map = map;
      this.tooltip = L.tooltip({ className: "essgeo-bulle", sticky: true, opacity: 1 });
    }

    /** Where there is room: the legend is on the left and hides what is under it. */
    side(latlng) {
      const { x, y } = this.map.latLngToContainerPoint(latlng);
      const width = this.map.getSize().x;
      if (x + 330 < width) return "right";
      if (x - 330 > 260) return "left";
      return y > 190 ? "top" : "bottom";
    }

    /** Shows `describe()` while the pointer is over a layer. */
    attach(layer, describe) {
      layer.on("mouseover", (event) => {
        this.tooltip.options.direction = this.side(event.latlng);
        this.tooltip.setContent(describe()).setLatLng(event.latlng);
        this.map.openTooltip(this.tooltip);
      });
      layer.on("mousemove", (event) => this.tooltip.setLatLng(event.latlng));
      layer.on("mouseout remove", () => this.map.closeTooltip(this.tooltip));
    }
  }

  /** The index of neighbourhoods and what the last payload says of each. */
  class Quartiers {
    constructor(index) {
      this.codes = index.codes;
      this.names = index.names;
      this.communes = index.communes;
      this.lon = undelta(index.lon, index.scale);
      this.lat = undelta(index.lat, index.scale);
    }

    describe(i, payload) {
      const box = element("div");
      box.append(element("strong", "", this.names[i] || this.codes[i]));
      box.append(element("span", "essgeo-discret", [this.communes[i], this.codes[i]].filter(Boolean).join(" · ")));
      const state = STATES[payload.states[i]];
      const { size, colour } = payload.legend;
      if (state) {
        box.append(element("span", "", payload.legend.states[state] || ""));
        return box;
      }
      box.append(element("span", "essgeo-valeur", quantity(payload.counts[i], size.unit, size.decimals)));
      if (payload.low) {
        const range = [payload.low[i], payload.high[i]].map((value) => number(value, size.decimals));
        box.append(element("span", "essgeo-discret", `entre ${range[0]} et ${range[1]}`));
      }
      if (colour) {
        box.append(element("span", "", quantity(payload.values[i], colour.unit, colour.decimals)));
      }
      return box;
    }
  }

  /** Radius in pixels of a count; the area is proportional to it. */
  function radius(count, largest, zoom) {
    const growth = 2 ** (0.25 * Math.min(Math.max(zoom - 6, -2), 6));
    return Math.max(SMALLEST, LARGEST * growth * Math.sqrt(count / largest));
  }

  class Circles {
    constructor(carte) {
      this.carte = carte;
      this.group = L.layerGroup().addTo(carte.map);
    }

    /** Draws all circles anew, the largest first so that small ones stay reachable. */
    draw() {
      const { map, payload, quartiers, style, hover } = this.carte;
      this.group.clearLayers();
      const zoom = map.getZoom();
      if (zoom >= POINTS_FROM) return;
      const { counts, states, legend } = payload;
      const classes = legend.colour ? legend.colour.labels.length : 0;
      const order = [...quartiers.codes.keys()].filter((i) => states[i] !== "." && states[i] !== "b");
      const shown = (i) => (STATES[states[i]] ? -1 : counts[i]);
      order.sort((a, b) => shown(b) - shown(a));
      for (const i of order) {
        const look = style.circle(states[i], classes);
        const state = STATES[states[i]];
        if (!state && counts[i] === 0) {
          Object.assign(look, { fillColor: style.colours.papier, color: style.colours.hachure });
        }
        const small = state === "hors_selection" ? SMALLEST : 4;
        look.radius = state ? small : radius(counts[i], legend.size.largest, zoom);
        look.interactive = state !== "hors_selection";
        look.renderer = this.carte.renderer;
        const circle = L.circleMarker([quartiers.lat[i], quartiers.lon[i]], look);
        if (look.interactive) {
          hover.attach(circle, () => quartiers.describe(i, this.carte.payload));
          circle.on("click", () => this.carte.emit({ quartier: i, code_qp: quartiers.codes[i] }));
        }
        this.group.addLayer(circle);
      }
    }
  }

  class Outlines {
    constructor(carte) {
      this.carte = carte;
      this.layers = new Map();
      this.band = L.layerGroup().addTo(carte.map);
      this.group = L.layerGroup().addTo(carte.map);
    }

    /** Draws the outlines whose cell is in view; fetches the cells that are missing. */
    async refresh() {
      const { map, store, index } = this.carte;
      const zoom = map.getZoom();
      if (zoom < OUTLINES_FROM) {
        this.clear();
        return;
      }
      const cells = Essgeo.cellsInView(index.cells, map.getBounds()).filter((cell) => cell.outlines);
      const files = await Promise.all(cells.map((cell) => store.load(`quartiers-${cell.id}.json`)));
      if (map.getZoom() < OUTLINES_FROM) return;
      for (const file of files) {
        file.shapes = file.shapes || file.parts.map((parts) => rings(parts, index.scale));
        file.index.forEach((i, position) => this.add(i, file.shapes[position]));
      }
      this.restyle();
    }

    clear() {
      this.layers.clear();
      this.group.clearLayers();
      this.band.clearLayers();
    }

    add(i, shape) {
      if (this.layers.has(i)) return;
      const { quartiers, hover, renderer } = this.carte;
      const polygon = L.polygon(shape, { renderer, smoothFactor: 0.5 });
      hover.attach(polygon, () => quartiers.describe(i, this.carte.payload));
      polygon.on("click", () => {
        // Those beside are there to be compared with: they are of another generation of outlines.
        if (this.carte.payload.states[i] !== "b") this.carte.emit({ quartier: i, code_qp: quartiers.codes[i] });
      });
      const halo = L.polygon(shape, {
        renderer: this.carte.bandRenderer, interactive: false, fill: true, fillOpacity: 1,
        lineJoin: "round", opacity: 1,
      });
      this.layers.set(i, { polygon, halo });
    }

    /** Gives each outline its colour or state; those of another generation are taken away. */
    restyle() {
      const { payload, style, map } = this.carte;
      const colour = payload.legend.colour;
      const classes = colour ? colour.labels.length : 0;
      const zoom = map.getZoom();
      for (const [i, { polygon, halo }] of this.layers) {
        const letter = payload.states[i];
        if (letter === ".") {
          this.group.removeLayer(polygon);
          this.band.removeLayer(halo);
          continue;
        }
        const chosen = i === payload.selected ? { color: style.colours.choisi, weight: 5, dashArray: null } : {};
        polygon.setStyle({ ...style.outline(letter, classes), ...chosen });
        if (!this.group.hasLayer(polygon)) {
          this.group.addLayer(polygon);
          polygon.bringToBack();
        }
        const inside = payload.band > 0 && zoom >= POINTS_FROM && letter !== "o" && letter !== "b";
        if (inside) {
          // A stroke twice as wide as the band is the band: nothing to compute nor to fetch.
          const metres = (40075016.7 / 256 / 2 ** zoom) * Math.cos((polygon.getCenter().lat * Math.PI) / 180);
          const { bande } = style.colours;
          halo.setStyle({ color: bande, fillColor: bande, weight: (2 * payload.band) / metres });
          this.band.addLayer(halo);
        } else {
          this.band.removeLayer(halo);
        }
      }
    }
  }

  /** Land, départements and regions: the base map that needs no network. */
  class Background {
    constructor(carte, contours) {
      const { map, backRenderer: renderer } = carte;
      const shape = (one) => rings(one.parts, contours.scale);
      const options = { renderer, interactive: false, smoothFactor: 0.8 };
      this.departements = contours.departements.map((one) => L.polygon(shape(one), options).addTo(map));
      this.regions = contours.regions.map((one) => L.polygon(shape(one), { ...options, fill: false }).addTo(map));
    }

    /** Over a background of tiles only the lines stay. */
    restyle(style, tiles) {
      const { terre, trait_departement: thin, trait_region: thick } = style.colours;
      for (const one of this.departements) {
        one.setStyle({ color: thin, weight: 0.8, opacity: 1, fillColor: terre, fillOpacity: tiles ? 0 : 1 });
      }
      for (const one of this.regions) one.setStyle({ color: thick, weight: 1.5, opacity: 1 });
    }
  }

  Object.assign(Essgeo, {
    OUTLINES_FROM, POINTS_FROM, Background, Circles, Hover, Outlines, Quartiers, radius,
  });
})();
