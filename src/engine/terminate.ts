import { Session } from "node:inspector";

/**
 * Ends the JavaScript that a worker thread is running right now, and nothing else: the thread, its memory and its event loop live on.
 * Goes through the inspector's NodeWorker domain, which reaches a thread even inside an endless loop. Connected only while it is needed.
 */
export async function terminateRunningCode(threadId: number): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    const sessionId = await attach(session, threadId);
    const message = JSON.stringify({ id: 1, method: "Runtime.terminateExecution" });
    await post(session, "NodeWorker.sendMessageToWorker", { sessionId, message });
    await answered(session, sessionId);
  } finally {
    session.disconnect();
  }
}

interface AttachedToWorker {
  sessionId: string;
  workerInfo: { workerId: string; title: string };
}

function attach(session: Session, threadId: number): Promise<string> {
  return new Promise((resolve, reject) => {
    session.on("NodeWorker.attachedToWorker", ({ params }: { params: AttachedToWorker }) => {
      if (Number(params.workerInfo.workerId) === threadId) resolve(params.sessionId);
    });
    post(session, "NodeWorker.enable", { waitForDebuggerOnStart: false }).catch(reject);
  });
}

function answered(session: Session, sessionId: string): Promise<void> {
  return new Promise((resolve) => {
    const listen = ({ params }: { params: { sessionId: string } }) => {
      if (params.sessionId === sessionId) resolve();
    };
    session.on("NodeWorker.receivedMessageFromWorker", listen);
  });
}

function post(session: Session, method: string, params: object): Promise<void> {
  return new Promise((resolve, reject) => session.post(method, params, (error) => (error === null ? resolve() : reject(error))));
}
