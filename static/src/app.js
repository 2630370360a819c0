import "./js/theme-menu.js";
import "./js/menus.js";
import "./js/dialogs.js";
import "./js/fold.js";
import "./js/copy.js";
import "./js/drop.js";
import "./js/forms.js";
import "./js/page.js";
