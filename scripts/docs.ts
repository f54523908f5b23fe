import { writeFileSync } from "node:fs";
import path from "node:path";
import { referencePages } from "./reference-pages";

for (const [name, text] of Object.entries(referencePages())) writeFileSync(path.join("docs", name), text);
