from essgeo.ui import loading, quartier, state
from essgeo.ui.heading import heading
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
resolved = atlas.resolve(state.current().selection)
code = quartier.chosen(resolved)
if code:
    heading(atlas, resolved, f"Fiche quartier\u00a0: {quartier.name(resolved, code)}")
    quartier.draw(atlas, resolved, code)
else:
    heading(atlas, resolved, "Fiche quartier")
    quartier.choose(atlas, resolved)
