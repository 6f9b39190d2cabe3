from essgeo.ui import loading, presentation, state
from essgeo.ui.pages import guard

guard()

atlas = loading.atlas_or_stop()
presentation.page(atlas, atlas.resolve(state.current().selection))
