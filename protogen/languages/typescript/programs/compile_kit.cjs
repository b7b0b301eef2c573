// Compiles the modules of a kit, which come by path as JSON; prints what is made of them, as CommonJS with
// declarations, and what is wrong.
"use strict";
const { realpathSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

// The compiler is what protoc-gen-es, whose path is given, is installed with.
const ts = createRequire(realpathSync(process.argv[2]))("typescript");
const options = {
  declaration: true,
  emitDeclarationOnly: true,
  isolatedModules: true,
  module: ts.ModuleKind.CommonJS,
  newLine: ts.NewLineKind.LineFeed,
  noLib: true,
  noResolve: true,
  target: ts.ScriptTarget.ES2022,
};
const sources = JSON.parse(readFileSync(0, "utf8"));
const made = {};
const wrong = [];

// Of types that are declared elsewhere the name is all that declarations need: they are as the source writes them.
const GLOBALS = "globals.d.ts";
const names = new Set(Object.values(sources).flatMap((text) => text.match(/\b[A-Z]\w*/g) ?? []));
const globals = [...names].map((name) => `declare class ${name}<A = any, B = any> {}`).join("\n");
const host = {
  fileExists: (path) => path in sources,
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => "",
  getDefaultLibFileName: () => "",
  getNewLine: () => "\n",
  getSourceFile: (path, target) => {
    const text = path === GLOBALS ? globals : sources[path];
    return text === undefined ? undefined : ts.createSourceFile(path, text, target);
  },
  readFile: (path) => sources[path],
  useCaseSensitiveFileNames: () => true,
  writeFile: (path, text) => {
    made[path] = indented(text, path.replace(/\.d\.ts$/, ".ts"));
  },
};
const program = ts.createProgram([...Object.keys(sources), GLOBALS], options, host);

function tell({ file, start, messageText }) {
  const { line } = file.getLineAndCharacterOfPosition(start);
  wrong.push([file.fileName, line + 1, ts.flattenDiagnosticMessageText(messageText, "\n")]);
}

// By two spaces, but where a literal goes over lines: they are its text.
function indented(text, path) {
  const goesOn = (node) => (node.rawText ?? "").includes("\n") || Boolean(ts.forEachChild(node, goesOn));
  const source = program.getSourceFile(path);
  return goesOn(source) ? text : text.replace(/^(?: {4})+/gm, (blank) => " ".repeat(blank.length / 2));
}

program.getSyntacticDiagnostics().forEach(tell);
if (wrong.length === 0) {
  program.getDeclarationDiagnostics().forEach(tell);
  program.emit();
  for (const [path, text] of Object.entries(sources)) {
    const compilerOptions = { ...options, declaration: false, emitDeclarationOnly: false, removeComments: true };
    const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: path });
    made[path.replace(/ts$/, "js")] = indented(outputText, path);
  }
}
process.stdout.write(JSON.stringify({ made, wrong }));
