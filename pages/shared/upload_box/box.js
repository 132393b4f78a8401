// One file at a time: room is made (POST), its bytes are streamed from where the server stands (PUT), and its id is
// handed to the screen. A broken transfer goes on where it stopped; what is given up is thrown away (DELETE).
const boxes = new WeakMap()

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  let box = boxes.get(parentElement)
  if (!box) {
    box = new Box(parentElement)
    boxes.set(parentElement, box)
  }
  box.data = data
  box.hand = id => setTriggerValue("staged", id)
  box.greet()
  return () => box.leave()
}

class Box {
  constructor(root) {
    const part = name => root.querySelector("." + name)
    this.root = part("box")
    this.parts = Object.fromEntries(
      ["drop", "lead", "hint", "transfer", "name", "amount", "bar", "done", "said", "resume", "cancel", "problem"].map(
        name => [name, part(name)]))
    this.input = root.querySelector("input")
    this.input.onchange = () => this.take(this.input.files)
    this.parts.cancel.onclick = () => this.giveUp()
    this.parts.resume.onclick = () => this.send()
    this.root.ondragover = event => { event.preventDefault(); this.root.classList.add("over") }
    this.root.ondragleave = () => this.root.classList.remove("over")
    this.root.ondrop = event => {
      event.preventDefault()
      this.root.classList.remove("over")
      if (!this.file) this.take(event.dataTransfer.files)
    }
  }

  greet() {
    this.input.accept = this.data.accept
    this.parts.lead.textContent = this.data.lead
    this.parts.hint.textContent = this.data.hint
  }

  async take(files) {
    if (!files.length) return
    this.complain("")
    if (files.length > 1) return this.reset("Give one file at a time; pack several tables into a zip.")
    this.file = files[0]
    this.show(true)
    if (this.file.size > this.data.most) return this.reset(`${this.file.name} has ${size(this.file.size)}; ` +
      `at most ${size(this.data.most)} are taken through the browser (PILOTHOUSE_UPLOAD_MB). ` +
      "Add it with `pilothouse data add` on this machine, or raise the limit.")
    const asked = new URLSearchParams({ project: this.data.project, filename: this.file.name, size: this.file.size })
    try {
      const answer = await this.ask("POST", `${this.data.address}?${asked}`)
      this.id = answer.id
    } catch (problem) {
      return this.reset(problem.message)
    }
    this.received = 0
    await this.send()
  }

  // Ask what has arrived, send the rest, until the server has all of it.
  async send() {
    const turn = (this.turn = {})
    this.parts.resume.hidden = true
    this.complain("")
    this.parts.said.textContent = "Sending"
    this.since = { at: performance.now(), received: null }
    try {
      let standing = await this.ask("GET", this.where())
      while (standing.sha256 === null) {
        this.received = standing.received
        if (this.since.received === null) this.since.received = this.received
        standing = await this.put(this.file.slice(this.received), this.received)
        if (turn !== this.turn) return
      }
      this.progress(this.file.size)
      this.parts.said.textContent = "Stored"
      const id = this.id
      this.id = this.file = null
      this.hand(id)
    } catch (problem) {
      if (turn !== this.turn) return
      if (problem.isFinal) return this.reset(problem.message)
      this.parts.said.textContent = `Stopped at ${Math.round((100 * this.received) / Math.max(this.file.size, 1))} %`
      this.parts.resume.hidden = false
      this.complain(`${problem.message} What has arrived is kept: go on, or cancel.`)
    }
  }

  put(piece, offset) {
    return new Promise((resolve, reject) => {
      const request = (this.request = new XMLHttpRequest())
      request.open("PUT", `${this.where()}?offset=${offset}`)
      request.upload.onprogress = event => this.progress(offset + event.loaded)
      request.onload = () => this.read(request.status, request.responseText).then(resolve, reject)
      request.onerror = () => reject(new Error("The connection broke off."))
      request.onabort = () => reject(new Error("The transfer was stopped."))
      request.send(piece)
    })
  }

  async ask(method, address) {
    let answer
    try {
      answer = await fetch(address, { method })
    } catch {
      throw new Error("The connection broke off.")
    }
    return this.read(answer.status, await answer.text())
  }

  async read(status, text) {
    if (status < 300) return text ? JSON.parse(text) : {}
    let said = `The server answered ${status}.`
    try { said = JSON.parse(text).error.message } catch { /* a proxy's page, not an answer of ours */ }
    // 409: the broken request has not ended on the server yet; 401 mends itself by signing in again elsewhere.
    throw Object.assign(new Error(said), { isFinal: status >= 400 && status < 500 && ![401, 408, 409, 429].includes(status) })
  }

  where() { return `${this.data.address}/${this.id}` }

  progress(received) {
    this.received = Math.min(received, this.file.size)
    const share = this.file.size ? this.received / this.file.size : 1
    this.parts.done.style.width = `${100 * share}%`
    this.parts.bar.setAttribute("aria-valuenow", Math.round(100 * share))
    this.parts.amount.textContent = `${size(this.received)} of ${size(this.file.size)}`
    const seconds = (performance.now() - this.since.at) / 1000
    const speed = (this.received - (this.since.received ?? 0)) / seconds
    const left = (this.file.size - this.received) / speed
    if (seconds > 1 && share < 1 && Number.isFinite(left)) {
      this.parts.said.textContent = `${size(speed)}/s, about ${Math.ceil(left)} s left`
    } else if (share === 1) this.parts.said.textContent = "Making it safe on disk"
  }

  giveUp() {
    this.turn = null
    this.drop()
    this.reset("")
  }

  drop() {
    this.request?.abort()
    if (this.id) fetch(this.where(), { method: "DELETE", keepalive: true }).catch(() => {})
  }

  leave() {
    this.turn = null
    if (this.file) this.drop()
    boxes.delete(this.root.parentNode)
  }

  reset(problem) {
    this.id = this.file = this.request = null
    this.input.value = ""
    this.show(false)
    this.complain(problem)
  }

  show(busy) {
    this.parts.drop.hidden = busy
    this.parts.transfer.hidden = !busy
    if (!busy) return
    this.parts.name.textContent = this.file.name
    this.parts.amount.textContent = size(this.file.size)
    this.parts.said.textContent = "Making room"
    this.parts.done.style.width = "0"
    this.parts.resume.hidden = true
  }

  complain(problem) {
    this.parts.problem.textContent = problem
    this.parts.problem.hidden = !problem
  }
}

function size(count) {
  for (const [unit, factor] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (count >= factor) return `${(count / factor).toFixed(1).replace(/\.0$/, "")} ${unit}`
  }
  return `${Math.round(count)} bytes`
}
