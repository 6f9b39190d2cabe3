// Establishments as points, grouped where they are dense: same grid whatever the pan, so nothing dances.
"use strict";
(() => {
  const Essgeo = window.Essgeo;
  const { element, members, mercator, number, undelta } = Essgeo;

  /** Side in pixels of the grid that groups points, and how many a cell shows one by one. */
  const GRID = 72;
  const APART = 3;
  /** Zoom from which only points on the very same place stay grouped. */
  const CLOSE = 16;
  const CLOSE_GRID = 12;
  /** Names listed in a tooltip and in the list of a group. */
  const FEW = 6;
  const MANY = 60;

  /** Cells of the index whose box meets the view. */
  function cellsInView(cells, bounds) {
    const [west, south, east, north] = [
      bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth(),
    ];
    return cells.filter(({ box }) => box[0] <= east && box[2] >= west && box[1] <= north && box[3] >= south);
  }

  /** Points of one file or of an inline list, with their place on the Mercator square. */
  function locate(file, scale) {
    if (file.x) return file;
    const lon = scale ? undelta(file.lon, scale) : file.lon;
    const lat = scale ? undelta(file.lat, scale) : file.lat;
    file.x = new Float64Array(lon.length);
    file.y = new Float64Array(lon.length);
    for (let i = 0; i < lon.length; i++) [file.x[i], file.y[i]] = mercator(lon[i], lat[i]);
    return file;
  }

  class Points {
    constructor(carte) {
      this.carte = carte;
      this.group = L.layerGroup().addTo(carte.map);
      this.clear();
    }

    /** Takes the selection of a payload; drawing is for `refresh`. */
    select(payload) {
      this.flags = members(payload.points, this.carte.index.total);
      this.inline = payload.inline ? locate(payload.inline, 0) : null;
    }

    async refresh() {
      const { map, store, index } = this.carte;
      // A file that comes late must not bring back a view that was left.
      const turn = (this.turn = (this.turn || 0) + 1);
      const near = map.getZoom() >= Essgeo.POINTS_FROM;
      if (!near && !this.inline) {
        this.clear();
        return;
      }
      const cells = near ? Essgeo.cellsInView(index.cells, map.getBounds()).filter((cell) => cell.points) : [];
      const files = await Promise.all(cells.map((cell) => store.load(`points-${cell.id}.json`)));
      if (turn !== this.turn) return;
      this.clear();
      const buckets = new Map();
      for (const file of files) this.sort(buckets, locate(file, index.scale), false);
      if (this.inline) this.sort(buckets, this.inline, true);
      for (const bucket of buckets.values()) this.place(bucket);
    }

    clear() {
      this.group.clearLayers();
      this.clusters = [];
      this.counted = { points: 0, groups: 0, drawn: 0 };
    }

    /** Puts the selected points in view into the cells of the grid. */
    sort(buckets, file, own) {
      const { map } = this.carte;
      const zoom = map.getZoom();
      const world = 256 * 2 ** zoom;
      const grid = zoom >= CLOSE ? CLOSE_GRID : GRID;
      const { min, max } = map.getPixelBounds();
      for (let i = 0; i < file.x.length; i++) {
        if (!own && !this.flags[file.start + i]) continue;
        const x = file.x[i] * world;
        const y = file.y[i] * world;
        if (x < min.x - grid || x > max.x + grid || y < min.y - grid || y > max.y + grid) continue;
        const key = `${own ? "liste" : ""}${Math.floor(x / grid)}:${Math.floor(y / grid)}`;
        const bucket = buckets.get(key);
        if (bucket) {
          bucket.items.push(i);
          bucket.files.push(file);
          bucket.x += x;
          bucket.y += y;
        } else {
          buckets.set(key, { items: [i], files: [file], x, y, own });
        }
      }
    }

    place(bucket) {
      const { map } = this.carte;
      const zoom = map.getZoom();
      const world = 256 * 2 ** zoom;
      const count = bucket.items.length;
      this.counted.points += count;
      if (count <= APART && zoom < CLOSE || count === 1) {
        bucket.items.forEach((i, position) => this.point(bucket.files[position], i, world, bucket.own));
        return;
      }
      const where = map.unproject([bucket.x / count, bucket.y / count], zoom);
      this.cluster(bucket, where);
    }

    point(file, i, world, own) {
      const { map, style, renderer, hover, payload } = this.carte;
      const where = map.unproject([file.x[i] * world, file.y[i] * world], map.getZoom());
      const { point, point_contour: line, liste } = style.colours;
      const tie = own ? 1 : this.tie(file, i, payload.generation).kind;
      // Inside: full. In the band: a ring. Elsewhere: small. The shape says it, not the colour.
      const looks = {
        1: { radius: 6, fillColor: own ? liste : point, color: line, weight: 1.5 },
        2: { radius: 5.5, fillColor: line, color: point, weight: 2.6 },
        0: { radius: 3.4, fillColor: point, color: line, weight: 1 },
      };
      const circle = L.circleMarker(where, {
        renderer, fillOpacity: 1, opacity: 1, ...looks[tie],
      });
      hover.attach(circle, () => this.describe(file, i));
      if (!own) circle.on("click", () => this.carte.emit({ point: file.start + i }));
      this.group.addLayer(circle);
      this.counted.drawn += 1;
    }

    cluster(bucket, where) {
      const { map, hover } = this.carte;
      const count = bucket.items.length;
      const side = Math.round(24 + 8 * Math.min(Math.log10(count), 3) * 1.6);
      const label = element("span", "", number(count));
      const icon = L.divIcon({
        className: `essgeo-groupe${bucket.own ? " essgeo-groupe-liste" : ""}`,
        html: label, iconSize: [side, side],
      });
      const words = `${number(count)} établissements`;
      const marker = L.marker(where, { icon, title: "", alt: words, keyboard: true });
      hover.attach(marker, () => this.list(bucket, words, FEW));
      marker.on("click keypress", (event) => {
        if (event.originalEvent.key && event.originalEvent.key !== "Enter") return;
        if (map.getZoom() < CLOSE) {
          map.setView(where, Math.min(map.getZoom() + 2, CLOSE));
          return;
        }
        const content = this.list(bucket, words, MANY);
        L.popup({ className: "essgeo-liste", maxHeight: 260 }).setLatLng(where).setContent(content).openOn(map);
      });
      this.group.addLayer(marker);
      const node = marker.getElement();
      node.setAttribute("aria-label", words);
      this.clusters.push({ where, side });
      this.counted.groups += 1;
    }

    tie(file, i, generation) {
      const own = this.carte.index.ties && this.carte.index.ties[generation];
      if (own) {
        const at = own.at.get(file.start + i);
        return at === undefined ? { kind: 0 } : { kind: own.kind[at], quartier: own.quartier[at], metres: own.metres[at] };
      }
      const ties = file.ties && file.ties[generation];
      return ties ? { kind: ties.kind[i], quartier: ties.quartier[i], metres: ties.metres[i] } : { kind: 0 };
    }

    name(file, i) {
      return file.names[i] || "Établissement sans nom";
    }

    describe(file, i) {
      const { index, quartiers, payload } = this.carte;
      const box = element("div");
      box.append(element("strong", "", this.name(file, i)));
      if (file.details) {
        if (file.details[i]) box.append(element("span", "", file.details[i]));
        return box;
      }
      const facts = [index.sectors[file.sector[i]], index.sizes[file.size[i]]];
      for (const fact of facts) if (fact) box.append(element("span", "", fact));
      const { kind, quartier, metres } = this.tie(file, i, payload.generation);
      const place = quartier >= 0 ? quartiers.names[quartier] : "";
      const said = payload.legend.places;
      const words = {
        1: `${said.inside} ${place}`,
        2: `à ${number(metres)} m ${said.near} ${place}`,
        0: said.out,
      }[kind];
      box.append(element("span", "essgeo-discret", words));
      return box;
    }

    list(bucket, title, limit) {
      const box = element("div");
      box.append(element("strong", "", title));
      const names = bucket.items.slice(0, limit).map((i, position) => this.name(bucket.files[position], i));
      for (const name of names) box.append(element("span", "essgeo-nom", name));
      const more = bucket.items.length - names.length;
      if (more > 0) box.append(element("span", "essgeo-discret", `et ${number(more)} de plus`));
      return box;
    }
  }

  Object.assign(Essgeo, { Points, cellsInView });
})();
