// Imports what it is told, one after the other, and says what came: names, or the message of the error.

const found = {};
for (const name of process.argv.slice(2)) {
  found[name] = await import(name).then(
    (module) => Object.keys(module).sort(),
    (error) => `${error.code}: ${error.message}`,
  );
}
console.log(JSON.stringify(found));
