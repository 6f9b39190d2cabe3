// The map of a single file: Leaflet above, the data in the page, nothing fetched.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("donnees").textContent);
  const number = new Intl.NumberFormat("fr-FR");

  // Diffusion rights change: an old file must be made again.
  const made = new Date(data.made + "T00:00:00");
  const limit = new Date(made);
  limit.setMonth(limit.getMonth() + 6);
  if (new Date() > limit) {
    document.getElementById("perime").hidden = false;
  }

  const map = L.map("carte", { preferCanvas: false, attributionControl: false });
  L.control.scale({ imperial: false }).addTo(map);
  if (data.mark) {
    // Inside the map: it is what gets photographed.
    const stamp = L.control({ position: "topright" });
    stamp.onAdd = function () {
      const box = document.createElement("strong");
      box.className = "marque";
      box.textContent = data.mark;
      return box;
    };
    stamp.addTo(map);
  }
  const layers = { fond: L.layerGroup(), quartiers: L.layerGroup(), points: L.layerGroup() };
  // From afar a neighbourhood is smaller than a pixel: circles, then outlines and points.
  const far = L.layerGroup();
  const near = L.layerGroup();
  const CLOSE = 12;
  const style = {
    fond: { color: "#8fa0ae", weight: 1, fill: false, interactive: false },
    outline: { color: "#0d4f82", weight: 2, fillColor: "#1668a8", fillOpacity: 0.12 },
    circle: { color: "#ffffff", weight: 1, fillColor: "#1668a8", fillOpacity: 0.75 },
    point: { radius: 5, color: "#ffffff", weight: 1, fillColor: "#b3420a", fillOpacity: 0.95 },
  };

  function lines(texts) {
    const box = document.createElement("div");
    texts.filter(Boolean).forEach(function (text, rank) {
      const line = document.createElement(rank ? "div" : "strong");
      line.textContent = text;
      box.appendChild(line);
    });
    return box;
  }

  data.background.forEach(function (geometry) {
    L.geoJSON(geometry, { style: style.fond, interactive: false }).addTo(layers.fond);
  });

  const found = [];
  const largest = Math.max(1, ...data.quartiers.map((one) => one.count || 0));
  data.quartiers.forEach(function (one) {
    const content = lines([one.name, one.commune, one.code, one.text]);
    const radius = one.count ? 4 + 20 * Math.sqrt(one.count / largest) : 3;
    const fill = one.count ? {} : { fillColor: "#ffffff", color: "#6b7a87" };
    const circle = L.circleMarker([one.lat, one.lon], Object.assign({ radius }, style.circle, fill));
    circle.bindPopup(content).addTo(far);
    let shape = circle;
    if (one.geometry) {
      shape = L.geoJSON(one.geometry, { style: style.outline });
      shape.bindPopup(lines([one.name, one.commune, one.code, one.text])).addTo(near);
    }
    found.push({ text: one.name + " " + one.commune + " " + one.code, shape, at: [one.lat, one.lon] });
  });
  data.points.forEach(function (one) {
    const shape = L.circleMarker([one.lat, one.lon], style.point);
    shape.bindPopup(lines([one.name, one.sector, one.size])).addTo(layers.points);
    found.push({ text: one.name, shape, at: [one.lat, one.lon] });
  });
  function follow() {
    const close = map.getZoom() >= CLOSE;
    const drawn = close && data.outlined ? near : far;
    [far, near].forEach((one) => (one === drawn ? layers.quartiers.addLayer(one) : layers.quartiers.removeLayer(one)));
    if (close && document.querySelector("input[data-couche=points]").checked) layers.points.addTo(map);
    else layers.points.remove();
  }
  map.on("zoomend", follow);
  layers.fond.addTo(map);
  layers.quartiers.addTo(map);
  if (data.bounds) map.fitBounds(data.bounds, { padding: [20, 20] });
  else map.setView([46.6, 2.5], 5);
  follow();

  document.querySelectorAll("input[data-couche]").forEach(function (box) {
    box.addEventListener("change", function () {
      const layer = layers[box.dataset.couche];
      if (!box.checked) layer.remove();
      else if (layer !== layers.points) layer.addTo(map);
      follow();
    });
  });

  const plain = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const list = document.getElementById("trouves");
  document.getElementById("recherche").addEventListener("input", function (event) {
    const asked = plain(event.target.value.trim());
    list.replaceChildren();
    if (asked.length < 2) return;
    const hits = found.filter((one) => plain(one.text).includes(asked));
    hits.slice(0, 10).forEach(function (one) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = one.text;
      button.addEventListener("click", function () {
        map.setView(one.at, Math.max(map.getZoom(), 15));
        one.shape.openPopup(one.at);
      });
      const line = document.createElement("li");
      line.appendChild(button);
      list.appendChild(line);
    });
    const rest = document.createElement("li");
    rest.textContent =
      hits.length > 10 ? "… et " + number.format(hits.length - 10) + " autres" : hits.length ? "" : "Rien de ce nom.";
    if (rest.textContent) list.appendChild(rest);
  });
  window.essgeo = { quartiers: data.quartiers.length, points: data.points.length };
})();
