"""Map layers and charts: data in, folium objects out; no page, no server."""
