// What the map knows of places: files fetched once, and the decoding of what the server sends.
// The server decides what matches a selection; the browser only knows where things are.
"use strict";
(() => {
  const Essgeo = (window.Essgeo = window.Essgeo || {});

  /** Fetches the static files of a data folder, each once. */
  class Store {
    constructor(base) {
      this.base = base;
      this.pending = new Map();
    }

    load(name) {
      if (!this.pending.has(name)) {
        // The folder's name holds a hash of its content: what the cache has is right.
        const promise = fetch(this.base + name, { cache: "force-cache" }).then((answer) => {
          if (!answer.ok) throw new Error(`${name} : ${answer.status}`);
          return answer.json();
        });
        // A failed file may be asked again, for instance after the network came back.
        promise.catch(() => this.pending.delete(name));
        this.pending.set(name, promise);
      }
      return this.pending.get(name);
    }

    /** What the visitor's own data adds: kept by no cache, and asked again when it was being renewed. */
    async own(address) {
      for (let turn = 0; ; turn++) {
        const answer = await fetch(address, { cache: "no-store" });
        if (answer.ok) {
          const own = await answer.json();
          for (const [name, file] of Object.entries(own.files)) this.pending.set(name, Promise.resolve(file));
          return own;
        }
        if (turn === 3) throw new Error(`données propres : ${answer.status}`);
        await new Promise((done) => setTimeout(done, 400));
      }
    }
  }

  /** Adds one's own outlines and establishments after those of the data folder. */
  function joined(index, own) {
    const after = (key) => {
      // Differences go on from the last published value.
      const last = index[key].reduce((sum, step) => sum + step, 0);
      return [...index[key], ...own[key].map((step, i) => (i ? step : step - last))];
    };
    const ties = Object.entries(own.ties).map(([generation, { places, ...values }]) => {
      let place = 0;
      return [generation, { ...values, at: new Map(places.map((gap, i) => [(place += gap), i])) }];
    });
    return {
      ...index, total: own.total, lon: after("lon"), lat: after("lat"), ties: Object.fromEntries(ties),
      ...Object.fromEntries(["codes", "names", "communes", "cells"].map((key) => [key, [...index[key], ...own[key]]])),
    };
  }

  /** Whole numbers written as differences, back to values divided by `scale`. */
  function undelta(encoded, scale) {
    const values = new Float64Array(encoded.length);
    let sum = 0;
    for (let i = 0; i < encoded.length; i++) {
      sum += encoded[i];
      values[i] = sum / scale;
    }
    return values;
  }

  /** One ring [x0, y0, dx, dy, …] of whole numbers to Leaflet's [[lat, lon], …]. */
  function ring(encoded, scale) {
    const points = new Array(encoded.length / 2);
    let x = 0;
    let y = 0;
    for (let i = 0; i < points.length; i++) {
      x += encoded[2 * i];
      y += encoded[2 * i + 1];
      points[i] = [y / scale, x / scale];
    }
    return points;
  }

  /** Parts of rings of whole numbers to Leaflet's nested arrays. */
  function rings(parts, scale) {
    return parts.map((part) => part.map((one) => ring(one, scale)));
  }

  function bytes(base64) {
    const raw = atob(base64);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  /**
   * A set of establishments as one flag each.
   * Kinds: "aucun", "tous", "bits" (one bit each from `first` on, lowest first),
   * "ecarts" (gaps between members as LEB128 numbers, from `first` on).
   */
  function members(spec, total) {
    const flags = new Uint8Array(total);
    if (spec.kind === "tous") return flags.fill(1);
    if (spec.kind === "bits") {
      const data = bytes(spec.data);
      for (let i = 0; i < data.length * 8; i++) {
        if ((data[i >> 3] >> (i & 7)) & 1) flags[spec.first + i] = 1;
      }
    } else if (spec.kind === "ecarts") {
      const data = bytes(spec.data);
      let position = spec.first;
      let gap = 0;
      let shift = 0;
      for (const byte of data) {
        gap |= (byte & 127) << shift;
        shift += 7;
        if (byte < 128) {
          position += gap;
          flags[position] = 1;
          gap = 0;
          shift = 0;
        }
      }
    }
    return flags;
  }

  /** Longitude and latitude to the unit square of Web Mercator. */
  function mercator(lon, lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
  }

  const formats = new Map();

  /** A number the French way. */
  function number(value, decimals = 0) {
    if (!formats.has(decimals)) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      formats.set(decimals, new Intl.NumberFormat("fr-FR", digits));
    }
    return formats.get(decimals).format(value);
  }

  /** A number and its noun; in French 0 and 1 take the singular. */
  function quantity(value, unit, decimals = 0) {
    return `${number(value, decimals)} ${Math.abs(value) < 2 ? unit[0] : unit[1]}`;
  }

  /** An element whose text is text: data never becomes markup. */
  function element(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  Object.assign(Essgeo, {
    Store, joined, undelta, rings, members, mercator, number, quantity, element,
  });
})();
