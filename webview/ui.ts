/**
 * The controls of the editor: the one place that names the component toolkit, so that another can take its place in one edit.
 * Everything else uses the elements `vscode-button`, `vscode-checkbox`, `vscode-text-field`, `vscode-progress-ring` and `vscode-link`.
 */
import {
	provideVSCodeDesignSystem,
	vsCodeButton,
	vsCodeCheckbox,
	vsCodeLink,
	vsCodeProgressRing,
	vsCodeTextField,
} from "@vscode/webview-ui-toolkit";

provideVSCodeDesignSystem().register(
	vsCodeButton(),
	vsCodeCheckbox(),
	vsCodeLink(),
	vsCodeProgressRing(),
	vsCodeTextField(),
);
