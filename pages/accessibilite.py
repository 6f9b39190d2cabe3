from essgeo.ui import accessibility, style
from essgeo.ui.links import link
from essgeo.ui.pages import guard

guard()

style.title("Déclaration d'accessibilité : partiellement conforme")
accessibility.declaration()
link("methode", "Méthode et données")
