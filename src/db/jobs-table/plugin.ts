import {
  AliasNode,
  type FromNode,
  IdentifierNode,
  type JoinNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryId,
  type QueryResult,
  type RawNode,
  type RootOperationNode,
  TableNode,
  type UnknownRow,
} from 'kysely'
import type { JobsTable } from './jobs-table.js'

/** Lets queries say `job` and reads the application's table under that name. */
export class JobsTablePlugin implements KyselyPlugin {
  readonly #transformer: JobsTableTransformer

  constructor(table: JobsTable) {
    this.#transformer = new JobsTableTransformer(table)
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node, queryId)
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }
}

/** Only where a table is read from: `job.task_id` and the like go on meaning the alias. */
class JobsTableTransformer extends OperationNodeTransformer {
  readonly #node: OperationNode

  constructor({ schema, name }: JobsTable) {
    super()
    this.#node = AliasNode.create(TableNode.createWithSchema(schema, name), IdentifierNode.create('job'))
  }

  protected override transformFrom(node: FromNode, queryId?: QueryId): FromNode {
    const from = super.transformFrom(node, queryId)
    return { ...from, froms: from.froms.map((each) => this.#replaced(each)) }
  }

  protected override transformJoin(node: JoinNode, queryId?: QueryId): JoinNode {
    const join = super.transformJoin(node, queryId)
    return { ...join, table: this.#replaced(join.table) }
  }

  /** `sql.table('job')` in a template. */
  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    const raw = super.transformRaw(node, queryId)
    return { ...raw, parameters: raw.parameters.map((each) => this.#replaced(each)) }
  }

  #replaced(node: OperationNode): OperationNode {
    if (!TableNode.is(node)) return node
    const { schema, identifier } = node.table
    return schema === undefined && identifier.name === 'job' ? this.#node : node
  }
}
