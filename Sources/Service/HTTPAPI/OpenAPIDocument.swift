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
        lem"}}}},"/v1/check":{"post":{"operationId":"check","summary":"Check code against the policy; nothing runs.","\#
        description":"Takes what `/v1/run` takes, so that a task can be checked as it is. `mode` is what the hints go \#
        by; `items` and `continue_on_fail` change nothing.\n","requestBody":{"required":true,"content":{"application/j\#
        son":{"schema":{"$ref":"#/components/schemas/RunRequest"}}}},"responses":{"200":{"description":"What the polic\#
        y refuses, and advice.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/CheckResponse"}}\#
        }},"400":{"$ref":"#/components/responses/Problem"},"413":{"$ref":"#/components/responses/Problem"},"415":{"$re\#
        f":"#/components/responses/Problem"},"429":{"$ref":"#/components/responses/QueueFull"},"500":{"description":"T\#
        he check ended without a result, such as when its worker was killed.","content":{"application/problem+json":{"\#
        schema":{"$ref":"#/components/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"},"504":{"des\#
        cription":"The check did not finish within `timeout_ms`, or `TASK_TIMEOUT` where that is shorter.","content":{\#
        "application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}}}},"/v1/tasks":{"get":{"operat\#
        ionId":"listTasks","summary":"The tasks of the requesting user; for root and the service's user those of all u\#
        sers.","responses":{"200":{"description":"Tasks that wait or run.","content":{"application/json":{"schema":{"$\#
        ref":"#/components/schemas/TaskList"}}}}}}},"/v1/tasks/{id}":{"delete":{"operationId":"cancelTask","summary":"\#
        Cancel a task.","parameters":[{"name":"id","in":"path","required":true,"schema":{"$ref":"#/components/schemas/\#
        TaskID"}}],"responses":{"202":{"description":"It is being cancelled; the client that runs it gets the outcome.\#
        ","content":{"application/json":{"schema":{"type":"object","required":["id"],"additionalProperties":false,"pro\#
        perties":{"id":{"$ref":"#/components/schemas/TaskID"}}}}}},"404":{"$ref":"#/components/responses/Problem"}}}},\#
        "/v1/history":{"get":{"operationId":"history","summary":"The tasks of the requesting user that ended last; for\#
         root and the service's user those of all users.","parameters":[{"name":"after","in":"query","description":"On\#
        ly tasks with a larger number.","schema":{"type":"integer","minimum":0,"maximum":18446744073709551615}},{"name\#
        ":"failed","in":"query","description":"Only tasks that failed.","schema":{"type":"boolean"}},{"name":"limit","\#
        in":"query","description":"The most tasks; the newest are returned.","schema":{"type":"integer","minimum":1,"m\#
        aximum":1000}}],"responses":{"200":{"description":"Oldest first.","content":{"application/json":{"schema":{"$r\#
        ef":"#/components/schemas/History"}}}},"400":{"$ref":"#/components/responses/Problem"}}}},"/v1/reload":{"post"\#
        :{"operationId":"reload","summary":"Reload the configuration, for root and the service's user.","responses":{"\#
        200":{"description":"The new settings are in effect.","content":{"application/json":{"schema":{"$ref":"#/compo\#
        nents/schemas/Reload"}}}},"403":{"$ref":"#/components/responses/Problem"},"422":{"description":"The configurat\#
        ion cannot be used; the old one stays in force.","content":{"application/problem+json":{"schema":{"$ref":"#/co\#
        mponents/schemas/Problem"}}}},"503":{"$ref":"#/components/responses/Problem"}}}},"/v1/info":{"get":{"operation\#
        Id":"info","summary":"Versions, policy, limits, layers of the sandbox, pool.","responses":{"200":{"description\#
        ":"The state of the service.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Info"}}}}}\#
        }},"/v1/settings":{"get":{"operationId":"settings","summary":"All settings in force, for root and the service'\#
        s user.","responses":{"200":{"description":"Every setting; the values of secrets are hidden.","content":{"appl\#
        ication/json":{"schema":{"$ref":"#/components/schemas/Settings"}}}},"403":{"$ref":"#/components/responses/Prob\#
        lem"}}}},"/v1/openapi.json":{"get":{"operationId":"openapi","summary":"This document as JSON.","responses":{"2\#
        00":{"description":"OpenAPI 3.1.","content":{"application/json":{"schema":{"type":"object","required":["openap\#
        i","info","servers","paths","components"],"additionalProperties":false,"properties":{"openapi":{"type":"string\#
        "},"info":{"type":"object"},"servers":{"type":"array"},"paths":{"type":"object"},"components":{"type":"object"\#
        }}}}}}}}},"/healthz":{"get":{"operationId":"health","summary":"Whether the process runs.","responses":{"200":{\#
        "$ref":"#/components/responses/State"}}}},"/readyz":{"get":{"operationId":"readiness","summary":"Whether tasks\#
         are accepted.","responses":{"200":{"$ref":"#/components/responses/State"},"503":{"$ref":"#/components/respons\#
        es/State"}}}},"/metrics":{"get":{"operationId":"metrics","summary":"Prometheus text.","responses":{"200":{"des\#
        cription":"The text format, version 0.0.4.","content":{"text/plain":{"schema":{"type":"string"}}}}}}}},"compon\#
        ents":{"responses":{"Problem":{"description":"The request was not carried out (RFC 9457).","content":{"applica\#
        tion/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}},"QueueFull":{"description":"The queue \#
        is full, or the user has its share of the connections or of the memory for bodies.","headers":{"Retry-After":{\#
        "required":true,"schema":{"type":"integer","minimum":1}}},"content":{"application/problem+json":{"schema":{"$r\#
        ef":"#/components/schemas/Problem"}}}},"State":{"description":"One word.","content":{"application/json":{"sche\#
        ma":{"type":"object","required":["status"],"additionalProperties":false,"properties":{"status":{"type":"string\#
        "}}}}}}},"schemas":{"TaskID":{"type":"string","pattern":"^[0-9a-f]{32}$"},"Count":{"type":"integer","minimum":\#
        0},"Milliseconds":{"type":"number","minimum":0},"Mode":{"enum":["all_items","each_item"]},"RunRequest":{"type"\#
        :"object","required":["code"],"additionalProperties":false,"properties":{"code":{"type":"string","minLength":1\#
        ,"description":"The body of a function."},"items":{"type":"array","items":{"type":"object","description":"An i\#
        tem; without a `json` key the `json` of one."}},"mode":{"$ref":"#/components/schemas/Mode"},"continue_on_fail"\#
        :{"type":"boolean"},"stream_items":{"type":"boolean","description":"With `each_item` and a stream of events, f\#
        inished items are events and not in the result."},"timeout_ms":{"type":"integer","minimum":1,"description":"TA\#
        SK_TIMEOUT caps it."},"label":{"type":"string","maxLength":256,"pattern":"^[^\\x00-\\x1f\\x7f-\\x9f\\u061c\\u2\#
        00e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$"}}},"Item":{"type":"object","required":["json"],"properties":{"jso\#
        n":{"type":"object"},"binary":{"type":"object"},"pairedItem":{}}},"Outcome":{"enum":["succeeded","syntax_error\#
        ","policy_violation","python_error","invalid_result","timed_out","cancelled","memory_exceeded","output_exceede\#
        d","worker_died"]},"RunResponse":{"type":"object","required":["id","outcome","logs","logs_truncated","usage"],\#
        "additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"outcome":{"$ref":"#/co\#
        mponents/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}},"partial_item\#
        s":{"description":"In each-item mode, the items that were finished before the failure.","type":"array","items"\#
        :{"$ref":"#/components/schemas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"logs":{"type":"array","i\#
        tems":{"$ref":"#/components/schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"usage":{"$ref":"#/compone\#
        nts/schemas/Usage"}},"if":{"properties":{"outcome":{"const":"succeeded"}}},"then":{"required":["items"],"prope\#
        rties":{"error":false,"partial_items":false}},"else":{"required":["error"],"properties":{"items":false}}},"Log\#
        Entry":{"type":"object","required":["stream","text"],"additionalProperties":false,"properties":{"stream":{"enu\#
        m":["stdout","stderr"]},"text":{"type":"string"}}},"Usage":{"type":"object","required":["queued_ms","wall_ms",\#
        "cpu_ms","max_rss_bytes"],"additionalProperties":false,"properties":{"queued_ms":{"$ref":"#/components/schemas\#
        /Milliseconds"},"wall_ms":{"$ref":"#/components/schemas/Milliseconds"},"cpu_ms":{"$ref":"#/components/schemas/\#
        Milliseconds"},"max_rss_bytes":{"$ref":"#/components/schemas/Count"}}},"Error":{"type":"object","required":["m\#
        essage"],"additionalProperties":false,"properties":{"message":{"type":"string"},"type":{"type":"string"},"line\#
        ":{"type":"integer","minimum":1},"column":{"type":"integer","minimum":1},"source_line":{"type":"string"},"trac\#
        eback":{"type":"string"},"item_index":{"$ref":"#/components/schemas/Count"},"hint":{"type":"string"},"violatio\#
        ns":{"type":"array","items":{"$ref":"#/components/schemas/Violation"}}}},"Violation":{"type":"object","require\#
        d":["rule","construct","line","column","message"],"additionalProperties":false,"properties":{"rule":{"type":"s\#
        tring"},"construct":{"type":"string"},"line":{"type":"integer"},"column":{"type":"integer"},"message":{"type":\#
        "string"},"hint":{"type":"string"}}},"CheckResponse":{"type":"object","required":["violations","hints"],"addit\#
        ionalProperties":false,"properties":{"violations":{"type":"array","items":{"$ref":"#/components/schemas/Violat\#
        ion"}},"hints":{"type":"array","items":{"type":"object","required":["line","column","construct","message"],"ad\#
        ditionalProperties":false,"properties":{"line":{"type":"integer"},"column":{"type":"integer"},"construct":{"ty\#
        pe":"string"},"message":{"type":"string"}}}}}},"Event":{"oneOf":[{"type":"object","required":["event","id"],"a\#
        dditionalProperties":false,"properties":{"event":{"const":"accepted"},"id":{"$ref":"#/components/schemas/TaskI\#
        D"}}},{"type":"object","required":["event","stream","text"],"additionalProperties":false,"properties":{"event"\#
        :{"const":"log"},"stream":{"enum":["stdout","stderr"]},"text":{"type":"string"}}},{"type":"object","required":\#
        ["event","items"],"additionalProperties":false,"properties":{"event":{"const":"items"},"items":{"type":"array"\#
        ,"items":{"$ref":"#/components/schemas/Item"}}}},{"type":"object","required":["event","done","total"],"additio\#
        nalProperties":false,"properties":{"event":{"const":"progress"},"done":{"$ref":"#/components/schemas/Count"},"\#
        total":{"$ref":"#/components/schemas/Count"}}},{"type":"object","required":["event","id","outcome","logs_trunc\#
        ated","usage"],"additionalProperties":false,"properties":{"id":{"$ref":"#/components/schemas/TaskID"},"outcome\#
        ":{"$ref":"#/components/schemas/Outcome"},"items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}\#
        },"partial_items":{"description":"In each-item mode, the items that were finished before the failure.","type":\#
        "array","items":{"$ref":"#/components/schemas/Item"}},"error":{"$ref":"#/components/schemas/Error"},"logs":{"t\#
        ype":"array","items":{"$ref":"#/components/schemas/LogEntry"}},"logs_truncated":{"type":"boolean"},"usage":{"$\#
        ref":"#/components/schemas/Usage"},"event":{"const":"result"}}}]},"TaskList":{"type":"object","required":["tas\#
        ks"],"additionalProperties":false,"properties":{"tasks":{"type":"array","items":{"type":"object","required":["\#
        id","label","state","mode","peer_uid","age_ms"],"additionalProperties":false,"properties":{"id":{"$ref":"#/com\#
        ponents/schemas/TaskID"},"label":{"type":["string","null"]},"state":{"enum":["queued","running"]},"mode":{"$re\#
        f":"#/components/schemas/Mode"},"peer_uid":{"$ref":"#/components/schemas/Count"},"age_ms":{"$ref":"#/component\#
        s/schemas/Milliseconds"},"cpu_ms":{"description":"The processor time so far of a task that runs, where the ker\#
        nel tells.","allOf":[{"$ref":"#/components/schemas/Milliseconds"}]},"rss_bytes":{"description":"The resident m\#
        emory of a task that runs, where the kernel tells.","allOf":[{"$ref":"#/components/schemas/Count"}]}}}}}},"Inf\#
        o":{"type":"object","required":["version","python_version","policy","limits","sandbox","pool","load"],"additio\#
        nalProperties":false,"properties":{"version":{"type":"string"},"python_version":{"type":["string","null"]},"po\#
        licy":{"type":"object","required":["revision","stdlib_allow","external_allow","builtins_deny"],"additionalProp\#
        erties":false,"properties":{"revision":{"type":"string","description":"Equal for equal policies and limits."},\#
        "stdlib_allow":{"$ref":"#/components/schemas/Names"},"external_allow":{"$ref":"#/components/schemas/Names"},"b\#
        uiltins_deny":{"$ref":"#/components/schemas/Names"}}},"limits":{"type":"object","required":["max_concurrency",\#
        "max_concurrency_per_user","queue_limit","max_payload_bytes","task_timeout_ms","memory_bytes","cpu_ms","output\#
        _bytes","log_bytes","nesting"],"additionalProperties":{"$ref":"#/components/schemas/Milliseconds"}},"sandbox":\#
        {"type":"object","required":["mode","layers"],"additionalProperties":false,"properties":{"mode":{"enum":["auto\#
        ","strict"]},"layers":{"type":"array","items":{"type":"object","required":["name","active","detail"],"addition\#
        alProperties":false,"properties":{"name":{"type":"string"},"active":{"type":"boolean"},"detail":{"type":"strin\#
        g"}}}}}},"pool":{"type":"object","required":["ready","warm_workers","starting_workers","running_workers","fork\#
        _servers"],"properties":{"ready":{"type":"boolean"},"warm_workers":{"$ref":"#/components/schemas/Count"},"star\#
        ting_workers":{"$ref":"#/components/schemas/Count"},"running_workers":{"$ref":"#/components/schemas/Count"},"f\#
        ork_servers":{"$ref":"#/components/schemas/Count"}}},"load":{"type":"object","required":["ready","uptime_ms","\#
        running","waiting","n8n"],"additionalProperties":false,"properties":{"ready":{"type":"boolean","description":"\#
        Whether tasks are accepted."},"uptime_ms":{"$ref":"#/components/schemas/Milliseconds"},"running":{"type":"inte\#
        ger","minimum":0,"description":"Tasks of all users that run."},"waiting":{"type":"integer","minimum":0,"descri\#
        ption":"Tasks of all users that wait for a slot."},"n8n":{"type":["object","null"],"required":["connected","re\#
        gistered","tasks"],"additionalProperties":false,"properties":{"connected":{"type":"boolean"},"registered":{"ty\#
        pe":"boolean","description":"Whether the task broker may send tasks."},"tasks":{"$ref":"#/components/schemas/C\#
        ount"}}}}}}},"History":{"type":"object","required":["tasks","last"],"additionalProperties":false,"properties":\#
        {"tasks":{"type":"array","items":{"type":"object","required":["number","id","label","mode","peer_uid","outcome\#
        ","ended_at_ms","usage"],"additionalProperties":false,"properties":{"number":{"type":"integer","minimum":1,"de\#
        scription":"Counts the tasks that ended since the service started."},"id":{"$ref":"#/components/schemas/TaskID\#
        "},"label":{"type":["string","null"]},"mode":{"$ref":"#/components/schemas/Mode"},"peer_uid":{"$ref":"#/compon\#
        ents/schemas/Count"},"outcome":{"$ref":"#/components/schemas/Outcome"},"ended_at_ms":{"type":"integer","descri\#
        ption":"Since 1970."},"usage":{"$ref":"#/components/schemas/Usage"},"error":{"type":"object","required":["mess\#
        age"],"additionalProperties":false,"properties":{"message":{"type":"string","description":"The first line","at\#
         most 500 bytes.":null},"type":{"type":"string"},"line":{"type":"integer","minimum":1},"item_index":{"$ref":"#\#
        /components/schemas/Count"}}}}}},"last":{"$ref":"#/components/schemas/Count"}}},"Reload":{"type":"object","req\#
        uired":["changed","waiting_for_restart","overridden_by_environment","policy_revision"],"additionalProperties":\#
        false,"properties":{"changed":{"$ref":"#/components/schemas/Names"},"waiting_for_restart":{"$ref":"#/component\#
        s/schemas/Names"},"overridden_by_environment":{"$ref":"#/components/schemas/Names"},"policy_revision":{"type":\#
        "string"}}},"Settings":{"type":"object","required":["settings"],"additionalProperties":false,"properties":{"se\#
        ttings":{"type":"array","items":{"type":"object","required":["setting","value","from"],"additionalProperties":\#
        false,"properties":{"setting":{"type":"string","description":"The name of the variable."},"value":{"type":"str\#
        ing"},"from":{"type":"string","description":"default, environment, or the file and its line."}}}}}},"Names":{"\#
        type":"array","items":{"type":"string"}},"Problem":{"type":"object","required":["type","title","status","detai\#
        l"],"additionalProperties":false,"properties":{"type":{"type":"string","pattern":"^urn:terrarium:problem:"},"t\#
        itle":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"field":{"type":"string"},"elem\#
        ent":{"$ref":"#/components/schemas/Count"},"offset":{"$ref":"#/components/schemas/Count"}}}}}}

        """#
}
