// Says for each query on stdin (a JSON list) what the Apex parser makes of it: null when it refuses
// it, else what it lets pass that Salesforce does not: names, and the shapes of comparisons.
const { readFileSync } = require("node:fs");
const {
  ApexErrorListener,
  ApexParserBaseListener,
  ApexParserFactory,
  ApexParseTreeWalker,
} = require("@apexdevtools/apex-parser");

const OF_LISTS = ["IN", "NOTIN", "INCLUDES", "EXCLUDES"];

class Counter extends ApexErrorListener {
  errors = 0;

  apexSyntaxError() {
    this.errors += 1;
  }
}

class Names extends ApexParserBaseListener {
  found = { aliases: [], words: [], childAlias: false, loose: false };

  enterSoqlId(node) {
    const above = node.parentCtx;
    if (above.constructor.name !== "FieldNameContext") {
      this.found.aliases.push(node.getText());
      this.found.childAlias ||= Boolean(above.subQuery?.());
    } else if (above.soqlId_list().length === 1) {
      this.found.words.push(node.getText());
    }
  }

  enterFieldExpression(node) {
    const operator = node.comparisonOperator().getText().toUpperCase();
    const value = node.value();
    const listed = Boolean(value.valueList() || value.subQuery());
    this.found.loose ||= listed !== OF_LISTS.includes(operator);
  }
}

function read(text) {
  const counter = new Counter();
  const { parser } = ApexParserFactory.createLexerAndParser(text, counter);
  const tree = parser.query();
  if (counter.errors > 0 || parser.getCurrentToken().type !== -1) {
    return null;
  }
  const names = new Names();
  ApexParseTreeWalker.DEFAULT.walk(names, tree);
  return names.found;
}

const queries = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(queries.map(read)));
