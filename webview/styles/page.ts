/** The page itself: VS Code gives it margins that an editor does not have. */
export const INSPECTOR_PAGE = new CSSStyleSheet();
INSPECTOR_PAGE.replaceSync(`
	html, body { height: 100%; }
	body { margin: 0; padding: 0; overflow: hidden; }
	@media (max-width: 640px), (max-height: 420px) {
		body { overflow: auto; }
	}
`);
