// How things look: the colours of the theme and hatched fills, so that no state is told by colour alone.
"use strict";
(() => {
  const Essgeo = window.Essgeo;

  /** State of a neighbourhood, one character each, as the server writes them. */
  const STATES = {
    d: "sans_donnee",
    s: "secret",
    x: "hors_champ",
    o: "hors_selection",
    b: "a_cote",
    ".": "absent",
  };

  /** A repeated drawing for canvas fills. */
  function pattern(ink, paper, draw) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = paper;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = pen.fillStyle = ink;
    pen.lineWidth = 1.6;
    pen.beginPath();
    draw(pen);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  function diagonal(pen) {
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, 9);
      pen.lineTo(shift + 9, -1);
    }
  }

  function crossed(pen) {
    diagonal(pen);
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift - 1, -1);
      pen.lineTo(shift + 9, 9);
    }
  }

  function horizontal(pen) {
    pen.moveTo(0, 2);
    pen.lineTo(8, 2);
    pen.moveTo(0, 6);
    pen.lineTo(8, 6);
  }

  /** The colours of one theme, with the fills made of them. */
  class Style {
    constructor(colours) {
      this.colours = colours;
      const { hachure, papier } = colours;
      this.fills = {
        sans_donnee: pattern(hachure, papier, diagonal),
        secret: pattern(hachure, papier, crossed),
        hors_champ: pattern(hachure, papier, horizontal),
      };
    }

    /** Colour of a class, or of a plain count when there are no classes. */
    colour(letter, classes) {
      if (!classes) return this.colours.effectif;
      return this.colours.classes[classes][Number(letter)];
    }

    circle(letter, classes) {
      const state = STATES[letter];
      const { contour, hachure, hors_selection: faint } = this.colours;
      if (!state) {
        return {
          color: contour, weight: 1, opacity: 0.9, dashArray: null,
          fillColor: this.colour(letter, classes), fillOpacity: classes ? 0.92 : 0.74,
        };
      }
      if (state === "hors_selection") {
        return { color: faint, weight: 1, opacity: 1, dashArray: null, fillOpacity: 0 };
      }
      const dash = { sans_donnee: "2 2", secret: null, hors_champ: "5 2" }[state];
      return {
        color: hachure, weight: 1.3, opacity: 1, dashArray: dash,
        fillColor: this.fills[state], fillOpacity: 1,
      };
    }

    outline(letter, classes) {
      const state = STATES[letter];
      const { trait_quartier: line, hachure, hors_selection: faint } = this.colours;
      if (!state) {
        const plain = { color: line, weight: 2, opacity: 1, dashArray: null };
        const fill = classes ? this.colour(letter, classes) : this.colours.fond_quartier;
        return { ...plain, fillColor: fill, fillOpacity: classes ? 0.75 : 0.55 };
      }
      if (state === "hors_selection") {
        return { color: faint, weight: 1.2, opacity: 1, dashArray: "3 4", fillOpacity: 0.01 };
      }
      if (state === "a_cote") {
        return { color: this.colours.texte, weight: 1.4, opacity: 0.9, dashArray: "7 4", fillOpacity: 0.01 };
      }
      const dash = { sans_donnee: "4 4", secret: "1 3", hors_champ: "9 4" }[state];
      return {
        color: hachure, weight: 1.8, opacity: 1, dashArray: dash,
        fillColor: this.fills[state], fillOpacity: 0.8,
      };
    }
  }

  Object.assign(Essgeo, { STATES, Style });
})();
