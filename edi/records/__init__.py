"""What a document says, each reader beside its writer: requests, answers, authorizations, claims, remittances.

Other rooms use the records themselves and what reads and writes them:

    request        Request; read_requests, write_request; request_from_json, request_to_json, request_schema
    response       Response; read_responses, write_response
    inquiry        Inquiry; read_inquiries, read_inquiry_answers, write_inquiries, write_inquiry_answer, inquiry_about
    notification   Notification, NotificationAnswer; read_ and write_ of both, answer_notification
    authorization  Authorization, CertifiedService, Decision, Rejection; read_authorizations, read_messages, combine
    claim          Claim, ClaimLine, OtherPayer, HeldNumber; read_claims, claim_of
    claim_facts    Facts, facts_of: what linking compares of a plain claim, from its bytes
