// Loaded before the first paint, so that nobody sees a flash of the wrong theme. The server has already written the
// person's choice (cookie "theme") into the page; only "as the system" has to be looked up here.
import { applyTheme } from "./js/theme-core.js";

applyTheme();
