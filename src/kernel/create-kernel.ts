import { ok, type Refusal, type Result } from '../domain/errors.ts';
import type { BoardId } from '../domain/ids.ts';
import type { Reader, Store, Tx, WriteOptions } from '../store/store.ts';
import { attach, attachment, detach } from './attach.ts';
import { brief } from './brief.ts';
import { enforceBudgets } from './budgets.ts';
import { cards, columns } from './cards.ts';
import * as chat from './chat.ts';
import { checkpoint } from './checkpoint.ts';
import { claim, heartbeat, startRuns } from './claim.ts';
import { create } from './create.ts';
import { fanOut, recordDelivery, retryDeliveries, subscribe, unsubscribe } from './deliver.ts';
import { diagnose } from './diagnose.ts';
import { comment } from './discuss.ts';
import { dispatchView, forecast } from './dispatch.ts';
import { fail } from './fail.ts';
import { archive, block, complete, unblock } from './finish.ts';
import { assign, link, unlink } from './graph.ts';
import { unsound } from './health.ts';
import type { Kernel, Signature } from './kernel.ts';
import { lease, raiseEpoch, releaseLease, renewLeases, takeLease } from './lead.ts';
import {
  beginTurn,
  clearLoops,
  goal,
  loops,
  pauseLoops,
  resumeLoops,
  settleTurn,
  startLoop,
} from './loops.ts';
import * as pages from './pages.ts';
import { pause, pauses, rests, resume } from './pause.ts';
import { acknowledge, escalate, escalations, inbox } from './people.ts';
import { decompose, specify } from './plan.ts';
import { press } from './press.ts';
import { deleteTask, inUse, prunable, prune, purge } from './prune.ts';
import * as queries from './queries.ts';
import { reassign, reclaim, stop } from './reclaim.ts';
import { abandon, expireClaims, failStart, promoteAll, reap, recordBase, recordStart } from './rescue.ts';
import { reopenReview, requestChanges, requestReview } from './review.ts';
import { revise } from './revise.ts';
import { schedule, wakeScheduled } from './schedule.ts';
import { recordSession, recordUsage, usage } from './sessions.ts';
import { stats } from './stats.ts';
import { edit, place, promoteTask, promotion } from './steer.ts';
import { summary } from './summary.ts';
import { swarm } from './swarm.ts';
import { noteWorkSaved } from './tidy.ts';
import { createToken, redeemCode, revokeToken, token, tokens, useToken } from './tokens.ts';
import { leaveTrace } from './trace.ts';
import { wake } from './wake.ts';

/** Carries a refusal out of a transaction, so that whatever was written before it is rolled back. */
class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.sentence);
    this.refusal = refusal;
  }
}

const signed = (tx: Tx, actor: string): Tx => ({
  actor,
  now: tx.now,
  newId: () => tx.newId(),
  newRunIds: (count) => tx.newRunIds(count),
  all: (query) => tx.all(query),
  one: (query) => tx.one(query),
  run: (query) => tx.run(query),
  mustChange: (query) => tx.mustChange(query),
  change: (query) => tx.change(query),
});

async function command<Value>(
  store: Store,
  board: BoardId,
  work: (tx: Tx) => Promise<Result<Value>>,
  how?: WriteOptions,
): Promise<Result<Value>> {
  const orRefused = async (tx: Tx) => {
    const result = await work(tx);
    if (!result.ok) throw new Refused(result.refusal);
    return result;
  };
  try {
    return await store.write(board, orRefused, how);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal } = error;
    if (refusal.record !== undefined) await store.write(board, (tx) => leaveTrace(tx, refusal));
    return { ok: false, refusal };
  }
}

/** A kernel on one store, which it closes with itself. Each method is one transaction; a new verb is a function and a line here. */
export function createKernel(store: Store): Kernel {
  const write =
    <Input, Value>(work: (tx: Tx, input: Input) => Promise<Result<Value>>, how?: WriteOptions) =>
    (board: BoardId, input: Input & Signature) =>
      command(
        store,
        board,
        (tx) => work(input.actor === undefined ? tx : signed(tx, input.actor), input),
        how,
      );
  const read =
    <Input, Value>(ask: (reader: Reader, input: Input) => Promise<Result<Value>>) =>
    (board: BoardId, input: Input) =>
      store.read(board, (reader) => ask(reader, input));
  return {
    init: write(async () => ok(null)),
    create: write(create),
    link: write(link),
    unlink: write(unlink),
    assign: write(assign),
    claim: write(claim),
    heartbeat: write(heartbeat),
    checkpoint: write(checkpoint),
    complete: write(complete),
    block: write(block),
    unblock: write(unblock),
    schedule: write(schedule),
    requestReview: write(requestReview),
    requestChanges: write(requestChanges),
    reopenReview: write(reopenReview),
    promote: write(promoteTask),
    place: write(place),
    edit: write(edit),
    reclaim: write(reclaim),
    reassign: write(reassign),
    stop: write(stop),
    fail: write(fail),
    recordSession: write(recordSession),
    recordUsage: write(recordUsage),
    comment: write(comment),
    attach: write(attach),
    detach: write(detach),
    revise: write(revise),
    noteWorkSaved: write(noteWorkSaved),
    archive: write(archive),
    specify: write(specify),
    decompose: write(decompose),
    swarm: write(swarm),
    delete: write(deleteTask),
    purge: write(purge),
    prune: write(prune),
    pause: write(pause),
    resume: write(resume),
    subscribe: write(subscribe),
    unsubscribe: write(unsubscribe),
    press: write(press),
    acknowledge: write(acknowledge),
    retryDeliveries: write(retryDeliveries),
    tellRun: write(pages.tellRun),
    createToken: write(createToken),
    revokeToken: write(revokeToken),
    useToken: write(useToken),
    redeemCode: write(redeemCode),
    startLoop: write(startLoop),
    pauseLoops: write(pauseLoops),
    resumeLoops: write(resumeLoops),
    clearLoops: write(clearLoops),
    createCode: write(chat.createCode),
    pair: write(chat.pair),
    unpair: write(chat.unpair),
    pinChat: write(chat.pinChat),
    unpinChat: write(chat.unpinChat),

    raiseEpoch: write(raiseEpoch),
    promoteAll: write(promoteAll),
    startRuns: write(startRuns),
    recordStart: write(recordStart),
    recordBase: write(recordBase),
    failStart: write(failStart),
    reap: write(reap),
    abandon: write(abandon),
    expireClaims: write(expireClaims),
    enforceBudgets: write(enforceBudgets),
    wakeScheduled: write(wakeScheduled),
    fanOut: write(fanOut),
    recordDelivery: write(recordDelivery),
    escalate: write(escalate),
    wake: write(wake),
    beginTurn: write(beginTurn),
    settleTurn: write(settleTurn),
    takeLease: write(takeLease),
    renewLeases: write(renewLeases, { quietly: true }),
    releaseLease: write(releaseLease),

    show: read(queries.show),
    list: read(queries.list),
    cards: read(cards),
    columns: read(columns),
    standing: read(queries.standing),
    counts: read(queries.counts),
    diagnose: read(diagnose),
    stats: read(stats),
    summary: read(summary),
    unsound: read(unsound),
    prunable: read(prunable),
    inUse: read(inUse),
    promotion: read(promotion),
    runs: read(queries.runs),
    brief: read(brief),
    feed: read(queries.feed),
    lastEvent: read(queries.lastEvent),
    taskEvents: read(pages.taskEvents),
    comments: read(pages.comments),
    attachment: read(attachment),
    run: read(pages.run),
    runPage: read(pages.runPage),
    holder: read(queries.holder),
    usage: read(usage),
    deliveries: read(pages.deliveries),
    deliveryCounts: read(pages.deliveryCounts),
    token: read(token),
    tokens: read(tokens),
    pairedPerson: read(chat.pairedPerson),
    pairedPeople: read(chat.pairedPeople),
    chatPin: read(chat.chatPin),
    subscriptions: read(queries.subscriptions),
    links: read(queries.links),
    pauses: read(pauses),
    rests: read(rests),
    forecast: read(forecast),
    dispatchView: read(dispatchView),
    dueDeliveries: read(queries.dueDeliveries),
    inbox: read(inbox),
    escalations: read(escalations),
    lease: read(lease),
    loops: read(loops),
    goal: read(goal),

    follow: (board, listener) => store.follow(board, listener),
    health: (board) => store.health(board),
    unwritten: (board) => store.unwritten(board),
    upgrade: (board) => store.upgrade(board),
    mend: (board) => store.mend(board),
    release: (board) => store.release(board),
    retire: (board, as) => store.retire(board, as),
    close: () => store.close(),
  };
}
