/// The description of the API (OpenAPI 3.1). Generated from docs/openapi.yaml by scripts/openapi.py.
enum OpenAPIDocument {
    /// The document as JSON.
    static let bytes = Array(Self.text.utf8)

    private static let text = #"""
        {"openapi":"3.1.0","info":{"title":"Terrarium","version":"1","description":"Runs Python tasks in sandboxed pro\#
        cesses. The service listens on a Unix socket; the host in a URL means nothing. docs/http-api.md is the same in\#
         prose. Every response has the header `X-Request-Id`; for a task it is the task's id.\n"},"servers":[{"url":"h\#
        ttp://localhost"}],"paths":{"/v1/run":{"post":{"operationId":"run","summary":"Run a task and wait for its end.\#
        ","requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/RunRequ\#
        est"}}}},"responses":{"200":{"description":"The task's outcome, whatever it is. With `Accept: application/x-nd\#
        json` its events, one JSON object a line.\n","content":{"application/json":{"schema":{"$ref":"#/components/sch\#
        emas/RunResponse"}},"application/x-ndjson":{"schema":{"$ref":"#/components/schemas/Event"}}}},"400":{"$ref":"#\#
        /components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$ref":"#/components/re\#
        sponses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"503":{"$ref":"#/components/responses/Prob\#
        lem"}}}},"/v1/check":{"post":{"operationId":"check","summary":"Hold code against the policy; nothing runs.","d\#
        escription":"Takes what `/v1/run` takes, so that a task can be checked as it is. `mode` is what the hints go b\#
        y; `items` and `continue_on_fail` change nothing.\n","requestBody":{"required":true,"content":{"application/js\#
        on":{"schema":{"$ref":"#/components/schemas/RunRequest"}}}},"responses":{"200":{"description":"What the policy\#
         refuses, and advice.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/CheckResponse"}}}\#
        },"400":{"$ref":"#/components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$ref\#
        ":"#/components/responses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"500":{"description":"Th\#
        e check ended without a result, such as when its worker was killed.","content":{"application/problem+json":{"s\#
        chema":{"$ref":"#/components/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"},"504":{"desc\#
        ription":"The check did not finish within `timeout_ms`, or `TASK_TIMEOUT` where that is shorter.","content":{"\#
        application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}}},"/v1/tasks":{"get":{"operati\#
        onId":"listTasks","summary":"The asking user's tasks; for root and the service's user everybody's.","responses\#
        ":{"200":{"description":"Tasks that wait or run.","content":{"application/json":{"schema":{"$ref":"#/component\#
        s/schemas/TaskList"}}}}}}},"/v1/tasks/{id}":{"delete":{"operationId":"cancelTask","summary":"Cancel a task.","\#
        parameters":[{"name":"id","in":"path","required":true,"schema":{"$ref":"#/components/schemas/TaskID"}}],"respo\#
        nses":{"202":{"description":"It is being cancelled; who runs it gets the outcome.","content":{"application/jso\#
        n":{"schema":{"type":"object","required":["id"],"additionalProperties":false,"properties":{"id":{"$ref":"#/com\#
        ponents/schemas/TaskID"}}}}}},"404":{"$ref":"#/components/responses/Problem"}}}},"/v1/info":{"get":{"operation\#
        Id":"info","summary":"Versions, policy, limits, layers of the sandbox, pool.","responses":{"200":{"description\#
        ":"The service as it is.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Info"}}}}}}},"\#
        /v1/openapi.json":{"get":{"operationId":"openapi","summary":"This document as JSON.","responses":{"200":{"desc\#
        ription":"OpenAPI 3.1.","content":{"application/json":{"schema":{"type":"object","required":["openapi","info",\#
        "servers","paths","components"],"additionalProperties":false,"properties":{"openapi":{"type":"string"},"info":\#
        {"type":"object"},"servers":{"type":"array"},"paths":{"type":"object"},"components":{"type":"object"}}}}}}}}},\#
        "/healthz":{"get":{"operationId":"health","summary":"Whether the process lives.","responses":{"200":{"$ref":"#\#
        /components/responses/State"}}}},"/readyz":{"get":{"operationId":"readiness","summary":"Whether tasks are welc\#
        ome.","responses":{"200":{"$ref":"#/components/responses/State"},"503":{"$ref":"#/components/responses/State"}\#
        }}},"/metrics":{"get":{"operationId":"metrics","summary":"Prometheus text.","responses":{"200":{"description":\#
        "The text format, version 0.0.4.","content":{"text/plain":{"schema":{"type":"string"}}}}}}}},"components":{"re\#
        sponses":{"Problem":{"description":"The request was not carried out (RFC 9457).","content":{"application/probl\#
        em+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"QueueFull":{"description":"The queue is full, o\#
        r the user has its share of the connections or of the memory for bodies.","headers":{"Retry-After":{"required"\#
        :true,"schema":{"type":"integer","minimum":1}}},"content":{"application/problem+json":{"schema":{"$ref":"#/com\#
        ponents/schemas/Problem"}}}},"State":{"description":"One word.","content":{"application/json":{"schema":{"type\#
        ":"object","required":["status"],"additionalProperties":false,"properties":{"status":{"type":"string"}}}}}}},"\#
        schemas":{"TaskID":{"type":"string","pattern":"^[0-9a-f]{32}$"},"Count":{"type":"integer","minimum":0},"Millis\#
        econds":{"type":"number","minimum":0},"Mode":{"enum":["all_items","each_item"]},"RunRequest":{"type":"object",\#
        "required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string","minLength":1,"descript\#
        ion":"The body of a function."},"items":{"type":"array","items":{"type":"object","description":"An item; witho\#
        ut a `json` key the `json` of one."}},"mode":{"$ref":"#/components/schemas/Mode"},"continue_on_fail":{"type":"\#
        boolean"},"timeout_ms":{"type":"integer","minimum":1,"description":"Written without a fraction or an exponent.\#
        "},"label":{"type":"string","maxLength":256,"description":"At most 256 bytes of UTF-8.","pattern":"^[^\\x00-\\\#
        x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$"}}},"Item":{"type":"object","required":["\#
        json"],"properties":{"json":{"type":"object"},"binary":{"type":"object"},"pairedItem":{}}},"Outcome":{"enum":[\#
        "succeeded","syntax_error","policy_violation","python_error","invalid_result","timed_out","cancelled","memory_\#
        exceeded","output_exceeded","worker_died"]},"RunResponse":{"type":"object","required":["id","outcome","logs","\#
        logs_truncated","usage"],"additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"\#
        },"outcome":{"$ref":"#/components/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/sche\#
        mas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"logs":{"type":"array","items":{"$ref":"#/components\#
        /schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"usage":{"$ref":"#/components/schemas/Usage"}},"if":{\#
        "properties":{"outcome":{"const":"succeeded"}}},"then":{"required":["items"],"properties":{"error":false}},"el\#
        se":{"required":["error"],"properties":{"items":false}}},"LogEntry":{"type":"object","required":["stream","tex\#
        t"],"additionalProperties":false,"properties":{"stream":{"enum":["stdout","stderr"]},"text":{"type":"string"}}\#
        },"Usage":{"type":"object","required":["queued_ms","wall_ms","cpu_ms","max_rss_bytes"],"additionalProperties":\#
        false,"properties":{"queued_ms":{"$ref":"#/components/schemas/Milliseconds"},"wall_ms":{"$ref":"#/components/s\#
        chemas/Milliseconds"},"cpu_ms":{"$ref":"#/components/schemas/Milliseconds"},"max_rss_bytes":{"$ref":"#/compone\#
        nts/schemas/Count"}}},"Error":{"type":"object","required":["message"],"additionalProperties":false,"properties\#
        ":{"message":{"type":"string"},"type":{"type":"string"},"line":{"type":"integer","minimum":1},"column":{"type"\#
        :"integer","minimum":1},"source_line":{"type":"string"},"traceback":{"type":"string"},"item_index":{"$ref":"#/\#
        components/schemas/Count"},"hint":{"type":"string"},"violations":{"type":"array","items":{"$ref":"#/components\#
        /schemas/Violation"}}}},"Violation":{"type":"object","required":["rule","construct","line","column","message"]\#
        ,"additionalProperties":false,"properties":{"rule":{"type":"string"},"construct":{"type":"string"},"line":{"ty\#
        pe":"integer"},"column":{"type":"integer"},"message":{"type":"string"},"hint":{"type":"string"}}},"CheckRespon\#
        se":{"type":"object","required":["violations","hints"],"additionalProperties":false,"properties":{"violations"\#
        :{"type":"array","items":{"$ref":"#/components/schemas/Violation"}},"hints":{"type":"array","items":{"type":"o\#
        bject","required":["line","column","construct","message"],"additionalProperties":false,"properties":{"line":{"\#
        type":"integer"},"column":{"type":"integer"},"construct":{"type":"string"},"message":{"type":"string"}}}}}},"E\#
        vent":{"oneOf":[{"type":"object","required":["event","id"],"additionalProperties":false,"properties":{"event":\#
        {"const":"accepted"},"id":{"$ref":"#/components/schemas/TaskID"}}},{"type":"object","required":["event","strea\#
        m","text"],"additionalProperties":false,"properties":{"event":{"const":"log"},"stream":{"enum":["stdout","stde\#
        rr"]},"text":{"type":"string"}}},{"type":"object","required":["event","done","total"],"additionalProperties":f\#
        alse,"properties":{"event":{"const":"progress"},"done":{"$ref":"#/components/schemas/Count"},"total":{"$ref":"\#
        #/components/schemas/Count"}}},{"type":"object","required":["event","id","outcome","logs_truncated","usage"],"\#
        additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"outcome":{"$ref":"#/com\#
        ponents/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},"error":{"$ref\#
        ":"#/components/schemas/Error"},"logs":{"type":"array","items":{"$ref":"#/components/schemas/LogEntry"}},"logs\#
        _truncated":{"type":"boolean"},"usage":{"$ref":"#/components/schemas/Usage"},"event":{"const":"result"}}}]},"T\#
        askList":{"type":"object","required":["tasks"],"additionalProperties":false,"properties":{"tasks":{"type":"arr\#
        ay","items":{"type":"object","required":["id","label","state","mode","peer_uid","age_ms"],"additionalPropertie\#
        s":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"label":{"type":["string","null"]},"state":\#
        {"enum":["queued","running"]},"mode":{"$ref":"#/components/schemas/Mode"},"peer_uid":{"$ref":"#/components/sch\#
        emas/Count"},"age_ms":{"$ref":"#/components/schemas/Milliseconds"}}}}}},"Info":{"type":"object","required":["v\#
        ersion","python_version","policy","limits","sandbox","pool"],"additionalProperties":false,"properties":{"versi\#
        on":{"type":"string"},"python_version":{"type":["string","null"]},"policy":{"type":"object","required":["revis\#
        ion","stdlib_allow","external_allow","builtins_deny"],"additionalProperties":false,"properties":{"revision":{"\#
        type":"string","description":"Equal for equal policies and limits."},"stdlib_allow":{"$ref":"#/components/sche\#
        mas/Names"},"external_allow":{"$ref":"#/components/schemas/Names"},"builtins_deny":{"$ref":"#/components/schem\#
        as/Names"}}},"limits":{"type":"object","required":["max_concurrency","queue_limit","max_payload_bytes","task_t\#
        imeout_ms","memory_bytes","cpu_ms","output_bytes","log_bytes","nesting"],"additionalProperties":{"$ref":"#/com\#
        ponents/schemas/Milliseconds"}},"sandbox":{"type":"object","required":["mode","layers"],"additionalProperties"\#
        :false,"properties":{"mode":{"enum":["auto","strict"]},"layers":{"type":"array","items":{"type":"object","requ\#
        ired":["name","active","detail"],"additionalProperties":false,"properties":{"name":{"type":"string"},"active":\#
        {"type":"boolean"},"detail":{"type":"string"}}}}}},"pool":{"type":"object","required":["ready","warm_workers",\#
        "starting_workers","running_workers","fork_servers"],"properties":{"ready":{"type":"boolean"},"warm_workers":{\#
        "$ref":"#/components/schemas/Count"},"starting_workers":{"$ref":"#/components/schemas/Count"},"running_workers\#
        ":{"$ref":"#/components/schemas/Count"},"fork_servers":{"$ref":"#/components/schemas/Count"}}}}},"Names":{"typ\#
        e":"array","items":{"type":"string"}},"Problem":{"type":"object","required":["type","title","status","detail"]\#
        ,"additionalProperties":false,"properties":{"type":{"type":"string","pattern":"^urn:terrarium:problem:"},"titl\#
        e":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"field":{"type":"string"},"element\#
        ":{"$ref":"#/components/schemas/Count"},"offset":{"$ref":"#/components/schemas/Count"}}}}}}

        """#
}
