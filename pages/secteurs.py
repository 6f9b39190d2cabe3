from essgeo.ui import loading, secteurs, state
from essgeo.ui.heading import heading
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
row = heading(atlas, resolved, "Secteurs et familles de l'ESS")
secteurs.draw(atlas, resolved, row)
secteurs.structure(atlas, resolved)
secteurs.readings(resolved, row)
secteurs.onwards(resolved)
