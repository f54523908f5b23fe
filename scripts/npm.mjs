import { run } from "./run.mjs";

/** Runs npm in a folder of its own. What `npm run` put in the environment for this project must not reach it. */
export function npm(args, { cwd, env = {}, timeout = 600_000 }) {
	const removed = Object.fromEntries(
		Object.keys(process.env)
			.filter((name) => /^npm_(package|lifecycle|config_local_prefix|execpath|command)/.test(name))
			.map((name) => [name, undefined]),
	);
	return run("npm", args, { cwd, env: { ...removed, NODE_ENV: undefined, ...env }, timeout });
}
