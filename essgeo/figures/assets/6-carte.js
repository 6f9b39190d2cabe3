// The map: made once, then told what to show. Python calls `Essgeo.start` in the base map's script
// and `essgeo.update` in each layer it sends.
"use strict";
(() => {
  const Essgeo = window.Essgeo;
  const { Background, Circles, Hover, Labels, Legend, Outlines, Points, Quartiers, Store, Style } = Essgeo;

  class Carte {
    constructor(map, config) {
      this.map = map;
      this.config = config;
      this.store = new Store(config.data);
      this.theme = "clair";
      this.payload = null;
      this.fitted = "";
      this.draws = 0;
      this.prepare();
      this.ready = this.load();
      this.ready.catch((error) => this.fail(error));
    }

    prepare() {
      const { map, config } = this;
      const panes = { fond: 250, bande: 300, noms: 620 };
      for (const [name, level] of Object.entries(panes)) {
        const pane = map.createPane(`essgeo-${name}`);
        pane.style.zIndex = level;
        pane.style.pointerEvents = "none";
      }
      this.backRenderer = L.canvas({ pane: "essgeo-fond", padding: 0.4 });
      this.bandRenderer = L.canvas({ pane: "essgeo-bande", padding: 0.3 });
      this.renderer = L.canvas({ padding: 0.3, tolerance: 3 });
      this.hover = new Hover(map);
      // The one who speaks to Python: st_folium listens to layers that are on the map, and reads
      // what a clicked child would write of itself.
      this.messenger = L.layerGroup().addTo(map);
      const zoom = { zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" };
      L.control.zoom({ position: "topleft", ...zoom }).addTo(map);
      Essgeo.homeButton(this);
      L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
      map.attributionControl.setPrefix(false);
      Essgeo.topBar(this);
      this.legend = new Legend(this);
      map.on("moveend resize", () => this.request());
      map.on("zoomanim", () => {
        this.zooming = true;
      });
      map.on("zoomend", () => this.zoomed());
      // A page that asks for a place is told where the click fell, and how wide a pixel is there.
      map.on("click", ({ latlng }) => {
        if (!this.payload || !this.payload.pick) return;
        const { lng, lat } = latlng.wrap();
        const pixel = (40075016.7 / 256 / 2 ** map.getZoom()) * Math.cos((lat * Math.PI) / 180);
        this.emit({ lon: lng, lat, pixel });
      });
      const box = map.getContainer();
      box.setAttribute("role", "application");
      box.setAttribute("aria-label", config.title);
      box.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.map.closePopup();
      });
      this.setTheme(this.theme);
    }

    async load() {
      const own = this.config.own;
      const [index, contours, added] = await Promise.all([
        this.store.load("index.json"), this.store.load("contours.json"), own ? this.store.own(own) : null,
      ]);
      this.index = added ? Essgeo.joined(index, added) : index;
      this.quartiers = new Quartiers(this.index);
      this.background = new Background(this, contours);
      this.labels = new Labels(this, contours);
      this.circles = new Circles(this);
      this.outlines = new Outlines(this);
      this.points = new Points(this);
      this.background.restyle(this.style, false);
    }

    /** Shows a payload; the last one received wins, whatever the order of loading. */
    update(payload) {
      // Positions are those of one version of the files: of another they would say untrue things.
      if (payload.version !== this.config.version) return;
      this.payload = payload;
      this.ready.then(() => {
        if (this.payload === payload) this.show();
      }).catch((error) => this.fail(error));
    }

    show() {
      const { payload } = this;
      if (payload.theme !== "auto") this.setTheme(payload.theme);
      this.setBasemap(payload.basemap);
      this.points.select(payload);
      const wanted = JSON.stringify(payload.bounds);
      if (payload.bounds && wanted !== this.fitted) {
        this.fit(payload.bounds, this.fitted !== "");
      }
      this.fitted = wanted;
      this.request();
    }

    /** Draws once before the next picture, however many events ask for it. */
    request() {
      if (this.requested || !this.payload || !this.points) return;
      this.requested = requestAnimationFrame(() => {
        this.requested = 0;
        this.draw();
      });
    }

    draw() {
      this.circles.draw();
      this.highlight();
      this.legend.draw();
      // The background is drawn for a country: from near its edges would tell untrue things.
      this.map.getContainer().classList.toggle("essgeo-pres", this.map.getZoom() >= Essgeo.OUTLINES_FROM);
      this.draws += 1;
      this.settled = Promise.all([this.outlines.refresh(), this.points.refresh()]).then(() => this.labels.draw());
      this.settled.catch((error) => this.fail(error));
    }

    /** A ring around the selected neighbourhood. */
    highlight() {
      const { payload, quartiers, map, style } = this;
      if (this.ring) this.ring.remove();
      const i = payload.selected;
      if (i < 0 || map.getZoom() >= Essgeo.POINTS_FROM) return;
      const size = Essgeo.radius(payload.counts[i] || 0, payload.legend.size.largest, map.getZoom());
      this.ring = L.circleMarker([quartiers.lat[i], quartiers.lon[i]], {
        renderer: this.renderer, interactive: false, fill: false, weight: 4, opacity: 1,
        color: style.colours.choisi, radius: Math.max(size, 4) + 4,
      }).addTo(map);
    }

    fit(bounds, animate = true) {
      if (this.zooming) {
        // Leaflet drops a move asked for while a zoom is running: the last one asked for is kept.
        this.next = bounds;
        return;
      }
      const [west, south, east, north] = bounds;
      // An open legend hides its corner: what is to be seen moves aside, as far as it reasonably can.
      const { box } = this.legend;
      const left = box.open ? Math.min(box.offsetWidth, 0.2 * this.map.getSize().x) : 12;
      const options = { paddingTopLeft: [left, 46], paddingBottomRight: [12, 48], maxZoom: 15 };
      if (!animate) options.animate = false;
      this.map.fitBounds([[south, west], [north, east]], options);
    }

    /** Goes where one was asked to go during a zoom. */
    zoomed() {
      this.zooming = false;
      const { next } = this;
      this.next = null;
      if (next) this.fit(next);
    }

    setBasemap(basemap) {
      const wanted = basemap ? basemap.url : "";
      if (this.tilesUrl === wanted) return;
      if (this.tiles) this.tiles.remove();
      this.tilesUrl = wanted;
      this.tiles = null;
      if (basemap) {
        const { url, attribution, maxNativeZoom } = basemap;
        this.tiles = L.tileLayer(url, { attribution, maxNativeZoom, maxZoom: 19, opacity: 0.85 }).addTo(this.map);
      }
      this.map.getPane("essgeo-bande").style.opacity = basemap ? 0.5 : 1;
      this.background.restyle(this.style, Boolean(basemap));
    }

    setTheme(name) {
      const box = this.map.getContainer();
      if (this.style && this.theme === name) return;
      box.classList.remove(`essgeo-${this.theme}`);
      box.classList.add(`essgeo-${name}`);
      this.theme = name;
      this.style = new Style(this.config.palettes[name]);
      for (const [key, value] of Object.entries(this.config.palettes[name])) {
        if (typeof value === "string") box.style.setProperty(`--essgeo-${key}`, value);
      }
      if (!this.background) return;
      this.background.restyle(this.style, Boolean(this.tiles));
      this.request();
    }

    /** Tells Python what was clicked; the time makes two clicks on one place two messages. */
    emit(properties) {
      // What lies under a click on a place is not what was asked for.
      if (this.payload.pick && !("pixel" in properties)) return;
      const feature = { type: "Feature", geometry: null, properties: { ...properties, clic: Date.now() } };
      this.messenger.fire("click", { latlng: null, layer: { toGeoJSON: () => feature } });
    }

    fail(error) {
      console.error(error);
      if (this.alarm) return;
      this.alarm = Essgeo.element("div", "essgeo-alarme",
        "La carte est incomplète : un fichier n'a pas pu être chargé. Rechargez la page.");
      this.alarm.setAttribute("role", "alert");
      this.map.getContainer().append(this.alarm);
    }

    /** What is drawn, for tests and for the curious. */
    state() {
      const count = (group) => (group ? group.getLayers().length : 0);
      return {
        zoom: this.map.getZoom(), draws: this.draws, theme: this.theme,
        circles: this.circles ? count(this.circles.group) : 0,
        outlines: this.outlines ? count(this.outlines.group) : 0,
        points: this.points ? this.points.counted : null,
        tiles: this.tilesUrl || "",
      };
    }
  }

  /** Follows the theme of the page and gives the frame its name. */
  function settle(carte) {
    document.documentElement.lang = "fr";
    document.title = carte.config.title;
    try {
      if (window.frameElement) window.frameElement.title = carte.config.title;
    } catch {
      // A page from elsewhere may hold the frame: then its title is not ours to give.
    }
    window.addEventListener("message", ({ data }) => {
      if (!data || data.type !== "streamlit:render" || !data.theme) return;
      if (carte.payload && carte.payload.theme !== "auto") return;
      carte.setTheme(data.theme.base === "dark" ? "sombre" : "clair");
    });
    // Whatever the page sent while the scripts were loading was lost: ask for the latest.
    if (window.Streamlit) setTimeout(() => window.Streamlit.setComponentReady(), 0);
  }

  Essgeo.start = (map, config) => {
    const carte = new Carte(map, config);
    window.essgeo = carte;
    settle(carte);
    return carte;
  };
})();
